/** What an audit is asked for, and how that is said to the server. */

export interface Filter {
  /** The beginning of an actor; empty for any. So are the others. */
  who: string;
  /** The beginning of a type. */
  what: string;
  decision: string;
  effect: string;
  rule: string;
  session: string;
  text: string;
}

export const NO_FILTER: Filter = { who: '', what: '', decision: '', effect: '', rule: '', session: '', text: '' };

const NAMED = ['who', 'what', 'decision', 'effect', 'rule', 'session'] as const;

/** `who:user decision:deny "some words"`. A quote inside is left out: nothing in the record's terms has one. */
export function filterText(filter: Filter): string {
  const plain = (text: string) => text.replaceAll('"', ' ').trim();
  const named = NAMED.flatMap((name) => (plain(filter[name]) === '' ? [] : [`${name}:"${plain(filter[name])}"`]));
  const words = plain(filter.text).split(/\s+/).filter(Boolean);
  return [...named, ...words.map((word) => `"${word}"`)].join(' ');
}

export interface Choice {
  value: string;
  label: string;
}

const choices = (any: string, ...list: [value: string, label: string][]): Choice[] => [
  { value: '', label: any },
  ...list.map(([value, label]) => ({ value, label })),
];

export const WHO = choices('Anyone', ['user:', 'People'], ['agent:', 'Agents'], ['system', 'vtcode']);
export const WHAT = choices(
  'Anything',
  ['action.', 'Actions'],
  ['approval.', 'Approvals'],
  ['file.', 'Files changed'],
  ['command.', 'Commands'],
  ['message.', 'Messages'],
  ['turn.', 'Turns'],
  ['session.', 'Sessions'],
  ['trust.', 'Trust'],
  ['provider.', 'Providers'],
  ['head.', 'Signed heads'],
);
export const DECISION = choices('Any decision', ['allow', 'Allowed'], ['prompt', 'Asked'], ['deny', 'Denied']);
export const EFFECT = choices(
  'Any effect',
  ['edit', 'Edits'],
  ['command', 'Commands'],
  ['read', 'Reads'],
  ['question', 'Questions'],
  ['task', 'Background'],
);
