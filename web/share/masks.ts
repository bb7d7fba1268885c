/** Shows where something was masked: the words stay as they are, and are drawn as what they are. */

const MASK = /\[(?:redacted(?: [a-z-]{1,10})?|workspace)\]/g;
const NAME = 'mask';

/**
 * For `{@attach}`: marks the masks in an element, now and whenever its content changes. It changes no node; a browser without the
 * Custom Highlight API shows the words alone.
 */
export function markMasks(root: HTMLElement): () => void {
  const { highlights } = CSS as { highlights?: HighlightRegistry };
  if (highlights === undefined) return () => undefined;
  let isDue = false;
  const mark = () => {
    isDue = false;
    highlights.set(NAME, new Highlight(...rangesIn(root)));
  };
  const observer = new MutationObserver(() => {
    if (isDue) return;
    isDue = true;
    requestAnimationFrame(mark);
  });
  observer.observe(root, { childList: true, subtree: true, characterData: true });
  mark();
  return () => {
    observer.disconnect();
    highlights.delete(NAME);
  };
}

/** Beyond these nobody sees a difference, and each costs a little at every frame. */
const MOST = 2_000;

function rangesIn(root: HTMLElement): Range[] {
  const walker = document.createTreeWalker(root, NodeFilter.SHOW_TEXT);
  const ranges: Range[] = [];
  while (ranges.length < MOST && walker.nextNode()) {
    const node = walker.currentNode as Text; // what the walker was told to show
    for (const { index, 0: text } of node.data.matchAll(MASK)) {
      const range = new Range();
      range.setStart(node, index);
      range.setEnd(node, index + text.length);
      ranges.push(range);
    }
  }
  return ranges;
}
