/** A session as one HTML file: it asks nothing of any network, runs nothing, and can be printed. */
import { createHash } from 'node:crypto';
import MarkdownIt from 'markdown-it';
import type { TimelineItem } from '../../../shared/timeline.ts';
import { when } from '../md/words.ts';
import { inertProse } from '../prose.ts';
import { NOT_MASKED } from '../redaction.ts';
import { escapeHtml as e } from './escape.ts';
import { STYLE } from './html-style.ts';
import { rows } from './receipt-html.ts';
import { toolHtml } from './html-tool.ts';
import type { Made } from './made.ts';

const CSP = [
  "default-src 'none'",
  `style-src 'sha256-${createHash('sha256').update(STYLE).digest('base64')}'`,
  "base-uri 'none'",
  "form-action 'none'",
].join('; ');

/** All but the receipt. */
export async function* htmlBody(made: Made): AsyncIterable<string> {
  const { session, timeline } = made;
  yield `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${CSP}">
<meta name="referrer" content="no-referrer">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="generator" content="vtcode">
<title>${e(session.title)}</title>
<style>${STYLE}</style>
</head>
<body>
${header(made)}
<main>
${changes(made)}
<h2>Conversation</h2>
`;
  for (const item of timeline.items) yield `${itemHtml(item)}\n`;
  yield `</main>\n<footer>\n`;
}

const code = (text: string) => `<code>${e(text)}</code>`;

function header({ session, timeline, lines, masked }: Made): string {
  const { input, cacheRead, cacheWrite, output } = timeline.usage;
  return `<header>
<h1>${e(session.title)}</h1>
<dl>
${rows([
  ['Session', code(session.id)],
  ['Begun', when(session.createdAt)],
  ['Last touched', when(session.updatedAt)],
  ['Events', String(lines.length)],
  ['Tokens', `${input + cacheRead + cacheWrite} in, ${output} out`],
  ['Redacted', redaction(masked)],
])}
</dl>
</header>`;
}

function redaction(masked: Made['masked']): string {
  if (masked === null) return 'no: this holds what was read and written, as it was';
  const found = masked.map(({ what, count }) => e(`${what} (${count})`)).join(', ') || 'nothing was found';
  return `masked: ${found}. Not masked: ${NOT_MASKED.map(e).join('; ')}`;
}

function changes({ timeline }: Made): string {
  if (timeline.changes.length === 0) return '';
  const lines = timeline.changes.map(
    ({ op, path, from, added, removed }) =>
      `<tr><td>${op}</td><td>${code(op === 'move' ? `${from} to ${path}` : path)}</td><td>+${added} −${removed}</td></tr>`,
  );
  return `<h2>Files changed</h2>\n<table><tr><th>What</th><th>Path</th><th>Lines</th></tr>\n${lines.join('\n')}\n</table>`;
}

function itemHtml(item: TimelineItem): string {
  switch (item.kind) {
    case 'user':
      return `<section class="said you"><h3>You <time>${when(item.at)}</time></h3>${prose(item.text)}</section>`;
    case 'assistant': {
      const parts = item.parts.map(({ type, text }) =>
        type === 'text'
          ? prose(text)
          : `<details class="thought"><summary>Reasoning</summary><pre tabindex="0">${e(text)}</pre></details>`,
      );
      return `<section class="said"><h3>Agent ${item.model === '' ? '' : code(item.model)} <time>${when(item.at)}</time></h3>${parts.join('')}</section>`;
    }
    case 'notice':
      return `<p class="note ${item.tone}"><b>${e(item.title)}</b> ${e(item.text)} <time>${when(item.at)}</time></p>`;
    case 'tool':
      return toolHtml(item);
  }
}

/** What is made inert as markdown, drawn: of HTML it can make only text, and links to the web. */
const prose = (text: string): string => drawn.render(inertProse(text));

const drawn = new MarkdownIt({ html: false, linkify: false, typographer: false });
drawn.disable(['image', 'reference', 'autolink', 'html_inline', 'html_block'], true);
drawn.validateLink = (target) => /^https?:\/\//i.test(target);
drawn.renderer.rules['link_open'] = (tokens, at) =>
  `<a href="${e(String(tokens[at]!.attrGet('href') ?? ''))}" rel="noreferrer noopener nofollow">`;
drawn.renderer.rules['text'] = (tokens, at) => e(tokens[at]!.content);
drawn.renderer.rules['text_special'] = (tokens, at) => e(tokens[at]!.content);
drawn.renderer.rules['code_inline'] = (tokens, at) => code(tokens[at]!.content);
drawn.renderer.rules['fence'] = (tokens, at) => `<pre tabindex="0">${e(tokens[at]!.content)}</pre>\n`;
drawn.renderer.rules['code_block'] = drawn.renderer.rules['fence'];
drawn.renderer.rules['heading_open'] = () => '<h4>';
drawn.renderer.rules['heading_close'] = () => '</h4>\n';
// The alignment of a column would be a style, which the policy of the file lets no element have.
for (const cell of ['th', 'td']) drawn.renderer.rules[`${cell}_open`] = () => `<${cell}>`;
