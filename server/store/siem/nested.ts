/** Fields by their dotted names, as objects within objects. */

/** Later ones win; a name that goes through another one's value is a fault of a table. */
export function nested(pairs: readonly (readonly [path: string, value: unknown])[]): Record<string, unknown> {
  const made: Record<string, unknown> = {};
  for (const [path, value] of pairs) {
    const names = path.split('.');
    const last = names.pop()!;
    let at = made;
    for (const name of names) at = (at[name] ??= {}) as Record<string, unknown>; // only this function put something there
    at[last] = value;
  }
  return made;
}
