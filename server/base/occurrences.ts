/** Where one sequence stands in another, in time that grows with their lengths added and never multiplied. */

/**
 * The places, rising, where `wanted` stands in `all`, from `from` on, overlapping ones too; at most `most`. For characters of
 * a text or lines of a file alike. Knuth, Morris and Pratt: the built-in search of strings takes the product of both lengths
 * for texts that repeat themselves, minutes for two megabytes. An empty `wanted` stands nowhere.
 */
export function occurrences<T>(
  all: ArrayLike<T>,
  wanted: ArrayLike<T>,
  { from = 0, most = Infinity }: { from?: number; most?: number } = {},
): number[] {
  const places: number[] = [];
  if (wanted.length === 0 || wanted.length > all.length - from) return places;
  const borders = bordersOf(wanted);
  let matched = 0;
  for (let i = from; i < all.length && places.length < most; i++) {
    while (matched > 0 && all[i] !== wanted[matched]) matched = borders[matched - 1]!;
    if (all[i] === wanted[matched]) matched++;
    if (matched < wanted.length) continue;
    places.push(i - matched + 1);
    matched = borders[matched - 1]!;
  }
  return places;
}

/** For each beginning, the length of the longest shorter beginning that is also its end. */
function bordersOf<T>(wanted: ArrayLike<T>): Int32Array {
  const borders = new Int32Array(wanted.length);
  let length = 0;
  for (let i = 1; i < wanted.length; i++) {
    while (length > 0 && wanted[i] !== wanted[length]) length = borders[length - 1]!;
    if (wanted[i] === wanted[length]) length++;
    borders[i] = length;
  }
  return borders;
}
