/** What is known of Anthropic's models without asking: their names, their windows, and the form in which they think. */
import { LIMITS } from '../../shared/limits.ts';

/**
 * Names: the `Model` type of @anthropic-ai/sdk 1.10.0. Windows: the models overview and the pages of the single models at
 * platform.claude.com/docs, as of November 2026; what is about to be retired is left out. The first is the overview's own advice.
 */
export const ANTHROPIC_MODELS: readonly { id: string; contextTokens: number }[] = [
  { id: 'claude-opus-5-5', contextTokens: 1_000_000 },
  { id: 'claude-sonnet-5-5', contextTokens: 1_000_000 },
  { id: 'claude-haiku-5-5', contextTokens: 1_000_000 },
  { id: 'claude-fable-5-2', contextTokens: 1_000_000 },
  { id: 'claude-opus-5', contextTokens: 1_000_000 },
  { id: 'claude-sonnet-5', contextTokens: 1_000_000 },
  { id: 'claude-opus-4-5', contextTokens: 200_000 },
  { id: 'claude-haiku-4-5', contextTokens: 200_000 },
];

/** For api.openai.com, whose own list has hundreds of names that are no chat models. Windows: its model pages, November 2026. */
export const OPENAI_MODELS: readonly { id: string; contextTokens: number }[] = [
  { id: 'gpt-5.1', contextTokens: 400_000 },
  { id: 'gpt-5', contextTokens: 400_000 },
  { id: 'gpt-5-mini', contextTokens: 400_000 },
  { id: 'gpt-4.1', contextTokens: 1_047_576 },
];

const KNOWN = [...ANTHROPIC_MODELS, ...OPENAI_MODELS];

/** The window of a model, in tokens; what is assumed of a model that we do not know is in the limits. A dated name counts as its alias. */
export function contextTokensOf(model: string): number {
  const alias = model.replace(/-\d{8}$/, '');
  return KNOWN.find((known) => known.id === alias)?.contextTokens ?? LIMITS.contextTokens.value;
}

/**
 * How a model takes thinking: from 4.6 on it decides itself (`adaptive`; a budget is refused by most of them), before that it
 * takes a budget of tokens. A name whose version cannot be read gets neither: an unknown parameter would refuse the request.
 */
export function thinkingForm(model: string): 'adaptive' | 'budget' | 'none' {
  const version = /^claude-[a-z]+-(\d{1,2})(?:-(\d{1,2}))?(?:-\d{8})?$/.exec(model);
  if (!version) return 'none';
  const [major, minor] = [Number(version[1]), Number(version[2] ?? 0)];
  if (major > 4 || (major === 4 && minor >= 6)) return 'adaptive';
  return major === 4 ? 'budget' : 'none';
}
