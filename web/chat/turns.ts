/** A timeline's items as turns: a request, and what came of it in blocks; tool calls beside each other are one list. */
import type { AssistantItem, NoticeItem, TimelineItem, ToolItem, UserItem } from '../../shared/timeline.ts';
import { claimFor, withoutClaim } from './claims.ts';

export type Block =
  | { kind: 'assistant'; key: string; item: AssistantItem }
  | { kind: 'notice'; key: string; item: NoticeItem }
  | { kind: 'tools'; key: string; items: ToolItem[] };

export interface Turn {
  key: string;
  /** Null where the window of events begins after it. */
  request: UserItem | null;
  blocks: Block[];
}

/** Waits for an answer: it is drawn as a card, not as a line. */
export const isOpen = (item: TimelineItem): item is ToolItem =>
  item.kind === 'tool' && item.state === 'waiting' && item.approval?.state === 'open';

/** The plan is drawn above the composer as it stands; each of its changes would only be a line that says so again. */
const isPlanned = (item: TimelineItem) => item.kind === 'tool' && item.name === 'update_plan' && item.state === 'done';

/** Turns that did not change since `before` are the same objects, so that what is drawn of them is left alone. */
export function turnsOf(items: readonly TimelineItem[], before: readonly Turn[] = []): Turn[] {
  const turns: Turn[] = [];
  // A question makes no claim: what was said before it is said to the person.
  const asking = items.filter(isOpen).filter(({ action }) => action?.kind !== 'question');
  const claims = asking.map((call) => claimFor(items, call));
  for (const item of items) {
    if (isOpen(item) || isPlanned(item)) continue;
    if (item.kind === 'user') turns.push({ key: item.key, request: item, blocks: [] });
    else add(turns, item.kind === 'assistant' ? withoutClaim(item, claims) : item);
  }
  const known = new Map(before.map((turn) => [turn.key, turn]));
  return turns.map((turn) => {
    const old = known.get(turn.key);
    return old ? reuse(old, turn) : turn;
  });
}

function add(turns: Turn[], item: Exclude<TimelineItem, UserItem>): void {
  if (turns.length === 0) turns.push({ key: 'before', request: null, blocks: [] });
  const { blocks } = turns.at(-1)!;
  const last = blocks.at(-1);
  if (item.kind === 'tool' && last?.kind === 'tools') last.items.push(item);
  else if (item.kind === 'tool') blocks.push({ kind: 'tools', key: item.key, items: [item] });
  else if (item.kind === 'assistant') {
    if (item.parts.length > 0) blocks.push({ kind: 'assistant', key: item.key, item });
  } else blocks.push({ kind: 'notice', key: item.key, item });
}

function reuse(old: Turn, turn: Turn): Turn {
  const known = new Map(old.blocks.map((block) => [block.key, block]));
  const blocks = turn.blocks.map((block) => {
    const same = known.get(block.key);
    return same && equal(same, block) ? same : block;
  });
  const unchanged =
    old.request === turn.request && blocks.length === old.blocks.length && blocks.every((b, i) => b === old.blocks[i]);
  return unchanged ? old : { ...turn, blocks };
}

function equal(a: Block, b: Block): boolean {
  if (a.kind === 'tools' || b.kind === 'tools')
    return (
      a.kind === 'tools' &&
      b.kind === 'tools' &&
      a.items.length === b.items.length &&
      a.items.every((item, i) => item === b.items[i])
    );
  return a.item === b.item;
}

const ROW_PX = 29;
const LINE_PX = 22;
const LINE_CHARS = 95;

/** About how tall a block will be, in CSS pixels, until it is drawn: so that the scroll bar hardly jumps. */
export function tallOf(block: Block): number {
  if (block.kind === 'tools') return block.items.length * ROW_PX;
  if (block.kind === 'notice') return ROW_PX;
  const lines = block.item.parts.flatMap((part) => (part.type === 'text' ? part.text.split('\n') : ['']));
  return lines.reduce((sum, line) => sum + Math.max(1, Math.ceil(line.length / LINE_CHARS)), 0) * LINE_PX;
}
