/** One text for one value: JSON with sorted keys (after RFC 8785), the ground of every digest. */

/**
 * The canonical JSON of plain data. Throws on what JSON cannot say (undefined, functions, NaN, infinities), for a digest
 * that passed over something would not bind it. Lone surrogates are escaped by JSON.stringify, so every string has one form.
 */
export function canonical(value: unknown): string {
  switch (typeof value) {
    case 'string':
    case 'boolean':
      return JSON.stringify(value);
    case 'number':
      if (!Number.isFinite(value)) throw new TypeError(`canonical: ${value} is not JSON`);
      return JSON.stringify(value);
    case 'object':
      if (value === null) return 'null';
      if (Array.isArray(value)) return `[${value.map(canonical).join(',')}]`;
      return canonicalObject(value);
    default:
      throw new TypeError(`canonical: ${typeof value} is not JSON`);
  }
}

function canonicalObject(value: object): string {
  const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return `{${entries.map(([key, held]) => `${JSON.stringify(key)}:${canonical(held)}`).join(',')}}`;
}
