/** Takes secrets out of text: those we hold, in each form they may be written, and those that look like one. */

export interface Redactor {
  /** Hides this value from now on. Shorter than eight characters, it would hide half of every text and is not taken. */
  add(secret: string): void;
  redact(text: string): string;
}

const MASK = '[redacted]';
const SHORTEST = 8;

/** Whole where its end is there; else what follows the head, up to the next dash. */
const PRIVATE_KEY =
  /-----BEGIN [A-Z ]{0,30}PRIVATE KEY-----(?:[\s\S]{0,8192}?-----END [A-Z ]{0,30}PRIVATE KEY-----|[^-]{0,8192})/g;

/**
 * Shapes of secrets as their makers document them. Each is linear: no nested repeats. What stands in the first group, where
 * there is one, is kept.
 */
const SHAPES: readonly { name: string; pattern: RegExp }[] = [
  { name: 'Anthropic, OpenAI and kin', pattern: /\bsk-[A-Za-z0-9_-]{16,}/g },
  { name: 'GitHub token', pattern: /\bgh[pousr]_[A-Za-z0-9]{16,}/g },
  { name: 'GitHub fine-grained token', pattern: /\bgithub_pat_[A-Za-z0-9_]{16,}/g },
  { name: 'GitLab token', pattern: /\bglpat-[A-Za-z0-9_-]{16,}/g },
  { name: 'npm token', pattern: /\bnpm_[A-Za-z0-9]{30,}/g },
  { name: 'AWS access key id', pattern: /\b(?:AKIA|ASIA)[A-Z0-9]{16}\b/g },
  { name: 'Google API key', pattern: /\bAIza[A-Za-z0-9_-]{30,}/g },
  { name: 'Slack token', pattern: /\bxox[abeprs]-[A-Za-z0-9-]{10,}/g },
  { name: 'JSON web token', pattern: /\beyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]*/g },
  { name: 'private key', pattern: PRIVATE_KEY },
  { name: 'authorisation header', pattern: /\b((?:bearer|basic)\s+)[A-Za-z0-9._~+/=-]{8,}/gi },
  { name: 'key header', pattern: /\b(x-api-key["']?\s{0,3}[:=]\s{0,3}["']?)[^\s"',]{8,}/gi },
  { name: 'token of a share', pattern: /\bvts_[A-Za-z0-9_-]{16,}/g },
  { name: 'code of a one-time link', pattern: /(#code=)[A-Za-z0-9_-]{8,}/g },
  { name: 'password in a URL', pattern: /(\b[a-z][a-z0-9+.-]{1,20}:\/\/[^\s/:@]{0,100}:)[^\s/@]{1,200}(?=@)/gi },
];

export function createRedactor(secrets: readonly string[]): Redactor {
  const known = new Set<string>();
  let ordered: string[] = [];
  const add = (secret: string) => {
    if (secret.length < SHORTEST) return;
    for (const form of formsOf(secret)) known.add(form);
    ordered = [...known].sort((a, b) => b.length - a.length); // a longer form first: it may hold a shorter one
  };
  for (const secret of secrets) add(secret);
  return {
    add,
    redact(text) {
      const masked = ordered.reduce((rest, form) => rest.replaceAll(form, MASK), text);
      return SHAPES.reduce((rest, shape) => rest.replace(shape.pattern, keepingHead), masked);
    },
  };
}

/** A group of its own is a string; without one, the second argument of a replacer is the offset. */
const keepingHead = (_match: string, head: unknown): string => (typeof head === 'string' ? head + MASK : MASK);

/** The value as it is, as JSON, URL, hex and base64 write it; base64 also as a part of a longer text. */
export function formsOf(secret: string): string[] {
  const bytes = Buffer.from(secret, 'utf8');
  const hex = bytes.toString('hex');
  const forms = [
    secret,
    JSON.stringify(secret).slice(1, -1),
    encodeURIComponent(secret),
    encodeURI(secret),
    hex,
    hex.toUpperCase(),
    ...[0, 1, 2].flatMap((offset) => base64At(bytes, offset)),
  ];
  return forms.filter((form) => form.length >= SHORTEST);
}

/**
 * The characters of a base64 text that depend on the secret alone, where it begins `offset` bytes (modulo 3) into what was
 * encoded: three bytes make four characters, so what stands around it changes only the characters at its ends.
 */
function base64At(bytes: Buffer, offset: number): string[] {
  const encoded = Buffer.concat([Buffer.alloc(offset), bytes])
    .toString('base64')
    .replace(/=+$/, '');
  const head = Math.ceil((offset * 4) / 3);
  const tail = (offset + bytes.length) % 3 === 0 ? 0 : 1;
  const inner = encoded.slice(head, encoded.length - tail);
  return [inner, inner.replaceAll('+', '-').replaceAll('/', '_')];
}
