/** What the model said when it asked for something: its claim, drawn in the card and, while that is open, only there. */
import type { AssistantItem, TimelineItem, ToolItem } from '../../shared/timeline.ts';

/** A longer statement is prose: it stays in the conversation, and the card says its last paragraph. */
const STATEMENT_CHARS = 400;

export interface Claim {
  /** The last paragraph before the call; empty where nothing was said. */
  text: string;
  /** Where it was said: the item and the place of the part in it; null where nothing was said. */
  said: { item: AssistantItem; part: number } | null;
  /** It is all that this part says. */
  whole: boolean;
}

const NONE: Claim = { text: '', said: null, whole: false };

/** The words that stand directly before the call, with nothing but other calls of the same answer between. */
export function claimFor(items: readonly TimelineItem[], call: ToolItem): Claim {
  for (let at = items.indexOf(call) - 1; at >= 0; at--) {
    const before = items[at]!;
    if (before.kind === 'tool' && before.at === call.at) continue;
    return before.kind === 'assistant' ? lastWords(before) : NONE;
  }
  return NONE;
}

function lastWords(item: AssistantItem): Claim {
  const part = item.parts.findLastIndex(({ type, text }) => type === 'text' && text.trim() !== '');
  if (part < 0) return NONE;
  const paragraphs = item.parts[part]!.text.split(/\n\s*\n/).filter((paragraph) => paragraph.trim() !== '');
  const text = paragraphs.at(-1)!.trim();
  return { text, said: { item, part }, whole: paragraphs.length === 1 && text.length <= STATEMENT_CHARS };
}

const shortened = new WeakMap<AssistantItem, AssistantItem>();

/** The item without a short statement that an open card shows as its claim; the same object for the same item. */
export function withoutClaim(item: AssistantItem, claims: readonly Claim[]): AssistantItem {
  const claim = claims.find(({ said, whole }) => whole && said?.item === item);
  if (!claim?.said) return item;
  const known = shortened.get(item);
  if (known) return known;
  const { part } = claim.said;
  const rest = { ...item, parts: item.parts.filter((_part, i) => i !== part) };
  shortened.set(item, rest);
  return rest;
}
