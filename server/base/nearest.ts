/** Finds the word that was probably meant. */

const LONGEST = 64;

/** The nearest of `words`, or null where none is near: at most a third of it mistyped, and never more than three letters. */
export function nearest(typed: string, words: readonly string[]): string | null {
  if (typed.length > LONGEST) return null;
  let best: string | null = null;
  let least = Infinity;
  for (const word of words) {
    const distance = editDistance(typed.toLowerCase(), word.toLowerCase());
    if (distance < least) [best, least] = [word, distance];
  }
  if (best === null || least > Math.min(3, Math.max(1, Math.floor(best.length / 3)))) return null;
  return best;
}

/** `: did you mean X?`, or nothing. */
export function didYouMean(typed: string, words: readonly string[]): string {
  const word = nearest(typed, words);
  return word === null ? '' : ` Did you mean \`${word}\`?`;
}

/** Optimal string alignment: insertions, deletions, substitutions, and two neighbours swapped, each one step. */
export function editDistance(a: string, b: string): number {
  let beforeLast: number[] = [];
  let last = Array.from({ length: b.length + 1 }, (_, i) => i);
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const same = a[i - 1] === b[j - 1];
      let cost = Math.min(last[j]! + 1, row[j - 1]! + 1, last[j - 1]! + (same ? 0 : 1));
      const swapped = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1];
      if (swapped) cost = Math.min(cost, beforeLast[j - 2]! + 1);
      row.push(cost);
    }
    [beforeLast, last] = [last, row];
  }
  return last[b.length]!;
}
