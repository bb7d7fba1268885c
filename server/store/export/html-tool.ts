/** A tool call in an HTML export: what it was, why it might, who let it, and what came of it. */
import type { EditAction } from '../../../shared/action.ts';
import type { ApprovalView, ToolItem } from '../../../shared/timeline.ts';
import { titleOf } from '../../../shared/title.ts';
import { OPS, when } from '../md/words.ts';
import { escapeHtml as e } from './escape.ts';

const code = (text: string) => `<code>${e(text)}</code>`;
const block = (text: string) => `<pre tabindex="0">${e(text)}</pre>`;

/** Edits and what was denied stand open; the rest is folded. */
export function toolHtml(item: ToolItem): string {
  const { action, state, name, at, verdict, approval, digest, result } = item;
  const open = action?.kind === 'edit' || state === 'denied' || approval !== null ? ' open' : '';
  const pieces = [
    `<p class="dim">${code(name)} <time>${when(at)}</time>${digest === '' ? '' : ` digest ${code(digest)}`}</p>`,
    verdict === null
      ? ''
      : `<ul>${verdict.reasons.map(({ decision, why, rule, source }) => `<li>${decision}: ${e(why)} (${code(rule)}, ${code(source)})</li>`).join('')}</ul>`,
    approval === null ? '' : `<p>${approvalHtml(approval)}</p>`,
    shown(item),
    item.command?.end?.lost ? '<p>It was cut off with the server: how it ended is not known.</p>' : '',
    result === null
      ? ''
      : `<details><summary>${result.isError ? 'Error' : 'Result'}</summary>${block(result.content)}</details>`,
  ];
  return `<details${open}><summary>${e(action ? titleOf(action) : name)}<span class="state ${state}">${state}</span></summary>${pieces.join('\n')}</details>`;
}

function shown({ action, args }: ToolItem): string {
  if (action?.kind === 'edit') return edits(action);
  if (action?.kind === 'command') return block(action.script === '' ? action.argv.join(' ') : action.script);
  return block(args.kind === 'json' ? JSON.stringify(args.value, null, 2) : args.raw);
}

function approvalHtml({ state, answer, by, text, resolvedAt, digest }: ApprovalView): string {
  if (state === 'open') return `Waits for a person; digest ${code(digest)}.`;
  if (state === 'expired') return `Expired ${when(resolvedAt)}: ${e(text)}`;
  const words = text === '' ? '' : ` with the words: ${e(text)}`;
  return `Answered <b>${e(String(answer))}</b> by ${code(by)}, ${when(resolvedAt)}, on digest ${code(digest)}${words}`;
}

function edits(action: EditAction): string {
  return action.changes
    .map(({ op, path, diff }) => {
      const name = `<p>${OPS[op]} ${code(path)}`;
      if (diff.kind === 'opaque') return `${name} (${diff.why})</p>`;
      const lines = diff.hunks.flatMap((hunk) => [
        `<span class="h">@@ -${hunk.oldStart},${hunk.oldLines} +${hunk.newStart},${hunk.newLines} @@</span>`,
        ...hunk.lines.map(diffLine),
      ]);
      return `${name}</p><pre tabindex="0">${lines.join('\n')}</pre>`;
    })
    .join('\n');
}

function diffLine(line: string): string {
  const kind = line.startsWith('+') ? 'a' : line.startsWith('-') ? 'd' : '';
  return kind === '' ? e(line) : `<span class="${kind}">${e(line)}</span>`;
}
