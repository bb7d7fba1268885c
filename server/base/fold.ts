/** Names as the most forgiving file system would take them: for comparing with names that must be guarded, never for opening. */

/**
 * One form for all spellings of a name that some file system takes as the same: case (APFS, NTFS, ext4 with casefold),
 * Unicode form and compatibility characters (APFS, HFS+), characters that HFS+ ignores (CVE-2014-9390), trailing dots and
 * spaces (NTFS). Two names with one fold need not be the same file; two names of one file have one fold.
 */
export function foldName(name: string): string {
  const plain = name.normalize('NFKC').replace(IGNORED, '');
  // Up and down: some letters meet only in the upper case (ı and i), some only in the lower (K and k).
  const cased = plain.toUpperCase().toLowerCase().normalize('NFKC');
  return trimEnd(cased);
}

/** The name of the file that holds an NTFS stream: `x` for `x::$DATA` and `x:y`; the same name where there is no colon. */
export const withoutStream = (folded: string): string => {
  const colon = folded.indexOf(':');
  return colon > 0 ? trimEnd(folded.slice(0, colon)) : folded;
};

const IGNORED = /\p{Default_Ignorable_Code_Point}/gu;

/** Not by a regular expression: ` +$` takes quadratic time on a name of spaces. */
function trimEnd(name: string): string {
  let end = name.length;
  while (end > 0 && (name[end - 1] === '.' || name[end - 1] === ' ')) end--;
  return end === 0 ? name : name.slice(0, end);
}
