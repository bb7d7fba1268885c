/** Text that came from a provider, made fit for a message to a person: short, visible, and without the key. */

const MOST = 400;

/**
 * Takes keys out first (so that no cut can leave half of one behind), then control, format and lone surrogate characters, then
 * folds white space and cuts at 400 characters.
 */
export function clean(text: string, secrets: readonly (string | null)[]): string {
  const visible = withoutSecrets(text.slice(0, 64 * 1024), secrets)
    .replace(/[\p{Cc}\p{Cf}\p{Cs}\p{Co}\p{Zl}\p{Zp}]+/gu, ' ')
    .replace(/\s+/g, ' ')
    .trim();
  const points = [...visible];
  return points.length <= MOST ? visible : `${points.slice(0, MOST - 1).join('')}…`;
}

/** The key itself, and what looks like a key: providers repeat parts of one in their errors. */
function withoutSecrets(text: string, secrets: readonly (string | null)[]): string {
  let out = text;
  for (const secret of secrets) {
    if (secret) out = out.replaceAll(secret, '[key]').replaceAll(encodeURIComponent(secret), '[key]');
  }
  return out
    .replace(/\b(?:sk|pk|rk|key|gsk|xai|AIza)[-_][A-Za-z0-9_*.-]{6,}/g, '[key]')
    .replace(/Bearer\s+[^\s"']+/gi, 'Bearer [key]');
}
