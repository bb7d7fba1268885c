/** Sanitised HTML as nodes: links say where they lead, code can be copied, what would be hidden is drawn. */
import DOMPurify from 'dompurify';
import { mount, unmount, type Component } from 'svelte';
import Visible from '../ui/Visible.svelte';
import { pieces, spelled } from '../ui/visible.ts';
import Code from './Code.svelte';
import { misleads, targetOf } from './markdown.ts';

const TAGS = ['p', 'br', 'hr', 'strong', 'em', 's', 'code', 'pre', 'a', 'span', 'blockquote', 'ul', 'ol', 'li'];
const TABLE = ['table', 'thead', 'tbody', 'tr', 'th', 'td'];
const HEADINGS = ['h3', 'h4', 'h5', 'h6'];

export interface Dressed {
  fragment: DocumentFragment;
  /** Takes down what was mounted in it. */
  undress: () => void;
}

/** `open` is called with the path of a file in the workspace; null: its name is mere words. Scripts, handlers, styles, pictures and frames do not come through. */
export function dressed(html: string, open: ((path: string) => void) | null): Dressed {
  const fragment = DOMPurify.sanitize(html, {
    ALLOWED_TAGS: [...TAGS, ...TABLE, ...HEADINGS],
    ALLOWED_ATTR: ['href', 'class', 'start', 'align'],
    ALLOW_DATA_ATTR: false,
    ALLOW_ARIA_ATTR: false,
    RETURN_DOM_FRAGMENT: true,
  });
  const mounted: Record<string, unknown>[] = [];
  const put = <P extends Record<string, unknown>>(what: Component<P>, props: P): HTMLElement => {
    const place = document.createElement('span');
    place.className = 'put';
    mounted.push(mount(what, { target: place, props }));
    return place;
  };
  for (const link of fragment.querySelectorAll('a')) dressLink(link, open);
  for (const pre of fragment.querySelectorAll('pre')) {
    const language = /language-(\S+)/.exec(pre.firstElementChild?.className ?? '')?.[1] ?? '';
    pre.replaceWith(put(Code, { text: (pre.textContent ?? '').replace(/\n$/, ''), language }));
  }
  for (const text of textsOf(fragment)) {
    const odd = pieces(text.data).some((piece) => piece.kind !== 'text');
    if (odd) text.replaceWith(put(Visible, { text: text.data }));
  }
  return { fragment, undress: () => mounted.forEach((one) => void unmount(one)) };
}

function dressLink(link: HTMLAnchorElement, open: ((path: string) => void) | null): void {
  const target = targetOf(link.getAttribute('href') ?? '');
  const words = link.textContent ?? '';
  if (target.kind === 'web') {
    link.href = target.url.href;
    link.target = '_blank';
    link.rel = 'noopener noreferrer';
    link.title = spelled(target.url.href);
    if (misleads(words, target.url)) link.after(elsewhere(target.url.hostname));
    return;
  }
  link.removeAttribute('href');
  if (target.kind === 'none' || open === null) return link.replaceWith(...link.childNodes);
  const { path } = target;
  const button = document.createElement('button');
  button.type = 'button';
  button.className = 'file';
  button.title = `Open ${spelled(path)}`;
  button.append(...link.childNodes);
  button.addEventListener('click', () => open(path));
  link.replaceWith(button);
}

/** The words name one place, the link leads to another: said beside it. */
function elsewhere(host: string): HTMLElement {
  const mark = document.createElement('span');
  mark.className = 'elsewhere';
  mark.textContent = `leads to ${spelled(host)}`;
  return mark;
}

/** Text nodes, but not those of what was put in: that draws itself. */
function textsOf(root: DocumentFragment): Text[] {
  const walker = document.createTreeWalker(root, NodeFilter.SHOW_TEXT | NodeFilter.SHOW_ELEMENT, (node) =>
    node instanceof Element && node.classList.contains('put') ? NodeFilter.FILTER_REJECT : NodeFilter.FILTER_ACCEPT,
  );
  const found: Text[] = [];
  while (walker.nextNode()) if (walker.currentNode instanceof Text) found.push(walker.currentNode);
  return found;
}
