/** Sizes and counts as words. */

/** `212 B`, `2.1 kB`, `1.6 MB`: powers of a thousand. */
export function bytes(count: number): string {
  if (count < 1_000) return `${count} B`;
  const units = ['kB', 'MB', 'GB', 'TB'];
  let value = count;
  let unit = -1;
  do {
    value /= 1_000;
    unit++;
  } while (value >= 999.5 && unit < units.length - 1);
  return `${value < 9.95 ? value.toFixed(1) : Math.round(value)} ${units[unit]!}`;
}

/** `1 file`, `4 files`; the plural may be given. */
export function counted(count: number, one: string, many = `${one}s`): string {
  return `${whole(count)} ${count === 1 ? one : many}`;
}

/** `12,408` */
export function whole(count: number): string {
  return count.toLocaleString('en-US');
}

/** `940`, `12k`, `1.2M`: for a meter, where the exact number is on hover. */
export function rough(count: number): string {
  if (count < 1_000) return String(count);
  if (count < 1_000_000) return `${count < 9_950 ? (count / 1_000).toFixed(1) : Math.round(count / 1_000)}k`;
  return `${(count / 1_000_000).toFixed(1)}M`;
}
