/** What a wish masks: the redaction of one share, told from what its owner ticked. */
import { LIMITS } from '../../shared/limits.ts';
import type { ShareFinding, ShareWish } from '../../shared/share.ts';
import { partOf } from '../base/text.ts';
import {
  createRedaction,
  type Found,
  type Redaction,
  type RedactionExtras,
  type RedactionOptions,
} from '../store/redaction.ts';
import { SHAPES } from '../store/secret-shapes.ts';

/** What redaction must know of this machine; a share leaves nothing of it out by itself. */
export type MaskFacts = Omit<RedactionOptions, 'keep'>;

export interface Masking {
  redaction: Redaction;
  /** Places that were masked so far. */
  count(): number;
}

export function maskingOf(
  facts: MaskFacts,
  wish: ShareWish,
  onFound: RedactionExtras['onFound'] = () => undefined,
): Masking {
  let count = 0;
  const redaction = createRedaction(
    { ...facts, keep: keptBy(wish) },
    {
      words: wordsOf(wish),
      onFound(found) {
        count++;
        onFound(found);
      },
    },
  );
  return { redaction, count: () => count };
}

export const wordsOf = ({ redactions }: ShareWish): string[] =>
  redactions.flatMap((one) => (typeof one === 'string' ? [one] : 'mask' in one ? [one.mask] : []));

/** What stays readable. Of what comes later nobody has seen anything: a live share keeps no secret so. */
export const keptBy = ({ redactions, live }: ShareWish): string[] =>
  redactions
    .flatMap((one) => (typeof one === 'object' && 'keep' in one ? [one.keep] : []))
    .filter((name) => !live || !SECRETS.has(name));

const SECRETS = new Set(['secret', ...SHAPES.flatMap(({ kind, name }) => (kind === 'secret' ? [name] : []))]);

/** Gathers what is found, with some of the places. */
export function createFindings(): { onFound(found: Found): void; list(live: boolean): ShareFinding[] } {
  const findings = new Map<string, Omit<ShareFinding, 'always'>>();
  return {
    onFound(found) {
      const { kind } = found;
      // One within another writing is ticked with what it is.
      const name = found.name.replace(/, in .*$/, '');
      const known = findings.get(name) ?? { kind, name, count: 0, samples: [] };
      known.count++;
      findings.set(name, known);
      if (known.samples.length >= LIMITS.shareSamples.value) return;
      const sample = sampleOf(found);
      if (!known.samples.some((one) => one.found === sample.found && one.before === sample.before))
        known.samples.push(sample);
    },
    list: (live) =>
      [...findings.values()]
        .map((finding) => ({ ...finding, always: isAlways(finding, live) }))
        .sort(
          (a, b) => ORDER.indexOf(a.kind) - ORDER.indexOf(b.kind) || b.count - a.count || (a.name < b.name ? -1 : 1),
        ),
  };
}

const ORDER = ['secret', 'email', 'home', 'user', 'host', 'word'] as const;

const isAlways = ({ kind, name }: Pick<ShareFinding, 'kind' | 'name'>, live: boolean) =>
  name === 'key that is held' || kind === 'word' || (live && kind === 'secret');

function sampleOf({ text, from, to, kind }: Found): ShareFinding['samples'][number] {
  const room = LIMITS.shareSampleChars.value;
  const found = text.slice(from, to);
  return {
    before: partOf(text, Math.max(0, from - room), from),
    found: kind === 'secret' ? shortened(found) : partOf(found, 0, 2 * room),
    after: partOf(text, to, Math.min(text.length, to + room)),
  };
}

/** Enough to know it by, and no more. */
const shortened = (secret: string): string =>
  secret.length < 16
    ? `${partOf(secret, 0, 2)}…`
    : `${partOf(secret, 0, 4)}…${partOf(secret, secret.length - 4, secret.length)}`;
