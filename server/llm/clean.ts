/** Text that came from a provider, made fit for a message to a person: short, visible, and without the key. */

/** Characters that are read, and that are shown. The first is so much larger that its cut is never seen. */
const READ = 64 * 1024;
const MOST = 400;
/** What is shorter is no secret (`none`, `x`, for servers that want some key), and would stand in ordinary words. */
const SHORTEST = 8;

/**
 * Takes out what cannot be seen and folds white space; then takes out keys, which nothing invisible can hide any more; then
 * cuts, so that no cut leaves half of a key.
 */
export function clean(text: string, secrets: readonly (string | null)[]): string {
  const plain = text
    .slice(0, READ)
    .replace(/\p{Cf}+/gu, '')
    .replace(/[\p{Cc}\p{Cs}\p{Co}\p{Zl}\p{Zp}\s]+/gu, ' ')
    .trim();
  const visible = withoutSecrets(plain, secrets);
  const points = [...visible];
  return points.length <= MOST ? visible : `${points.slice(0, MOST - 1).join('')}…`;
}

/** The key itself, and what looks like a key: providers repeat parts of one in their errors. */
function withoutSecrets(text: string, secrets: readonly (string | null)[]): string {
  let out = text;
  for (const secret of secrets) {
    if (secret !== null && secret.length >= SHORTEST)
      out = out.replaceAll(secret, '[key]').replaceAll(encodeURIComponent(secret), '[key]');
  }
  return out
    .replace(/\b(?:(?:sk|pk|rk|gsk|xai)[-_]|AIza)[\w*.-]{6,}/g, '[key]')
    .replace(/Bearer\s+[^\s"']+/gi, 'Bearer [key]');
}
