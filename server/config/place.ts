/** Places in a settings file: which key path stands where, and how to say it. */

/** Offsets (UTF-16) of a key and of its value; for an element of a list both are the element's. */
export interface Place {
  key: number;
  value: number;
}

export interface Placed {
  value: unknown;
  /** By `placeKey` of each key path; the empty path is the whole. */
  places: Map<string, Place>;
}

export class SyntaxProblem extends Error {
  readonly offset: number;

  constructor(message: string, offset: number) {
    super(message);
    this.name = 'SyntaxProblem';
    this.offset = offset;
  }
}

export const placeKey = (path: readonly PropertyKey[]): string => JSON.stringify(path.map(String));

/** The place of a key path, or of its nearest parent that stands in the file. */
export function placeOf(places: ReadonlyMap<string, Place>, path: readonly PropertyKey[]): Place {
  for (let length = path.length; length >= 0; length--) {
    const found = places.get(placeKey(path.slice(0, length)));
    if (found) return found;
  }
  return { key: 0, value: 0 };
}

/** `line:column`, both from 1; a column counts UTF-16 units, as editors do. */
export function lineColumn(text: string, offset: number): string {
  const before = text.slice(0, offset);
  const line = before.split('\n').length;
  return `${line}:${offset - before.lastIndexOf('\n')}`;
}
