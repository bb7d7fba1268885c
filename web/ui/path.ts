/** Splits a path into the folder that is dimmed and the name that is kept. */

/** `src/lib/a.ts` → `{dir: 'src/lib/', base: 'a.ts'}`; a path that ends in `/` keeps its last name with it. */
export function splitPath(path: string): { dir: string; base: string } {
  const end = path.endsWith('/') ? path.length - 1 : path.length;
  const cut = path.lastIndexOf('/', end - 1) + 1;
  return { dir: path.slice(0, cut), base: path.slice(cut) };
}
