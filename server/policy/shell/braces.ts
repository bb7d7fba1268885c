/** Brace expansion of plain text: `{a,b}`, `{1..5}`, one in another. */

/** The texts, or null where it is not plain, or makes more than `most`. `text` begins with `{` and ends with its `}`. */
export function braced(text: string, most: number): string[] | null {
  if (!/^\{[\w./,*?{}-]+\}$/.test(text)) return null;
  const inner = text.slice(1, -1);
  const range = /^(-?\d{1,4})\.\.(-?\d{1,4})$/.exec(inner);
  if (range) return sequence(Number(range[1]), Number(range[2]), most);
  const choices = split(inner);
  if (choices.length < 2 || inner.includes('..')) return null;
  const made: string[] = [];
  for (const choice of choices) {
    const texts = bracedIn(choice, most);
    if (texts === null) return null;
    made.push(...texts);
    if (made.length > most) return null;
  }
  return made;
}

function sequence(from: number, to: number, most: number): string[] | null {
  const count = Math.abs(to - from) + 1;
  if (count > most) return null;
  return Array.from({ length: count }, (_none, i) => String(from < to ? from + i : from - i));
}

/** The texts of one that may hold braces: none are none. */
export function bracedIn(choice: string, most: number): string[] | null {
  const start = choice.indexOf('{');
  if (start < 0) return choice.includes('}') ? null : [choice];
  const end = closing(choice, start);
  if (end < 0) return null;
  const inner = braced(choice.slice(start, end + 1), most);
  const after = bracedIn(choice.slice(end + 1), most);
  if (inner === null || after === null || inner.length * after.length > most) return null;
  return inner.flatMap((one) => after.map((rest) => choice.slice(0, start) + one + rest));
}

/** At the commas that stand in no inner braces. */
function split(inner: string): string[] {
  const parts: string[] = [];
  let [depth, start] = [0, 0];
  for (let i = 0; i < inner.length; i++) {
    if (inner[i] === '{') depth++;
    else if (inner[i] === '}') depth--;
    else if (inner[i] === ',' && depth === 0) {
      parts.push(inner.slice(start, i));
      start = i + 1;
    }
  }
  return [...parts, inner.slice(start)];
}

function closing(text: string, start: number): number {
  let depth = 0;
  for (let i = start; i < text.length; i++) {
    if (text[i] === '{') depth++;
    else if (text[i] === '}' && --depth === 0) return i;
  }
  return -1;
}
