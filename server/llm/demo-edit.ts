/** Which file the demo reads, and which change fits what it read. */
import type { ScriptTurn } from './script.ts';
import type { Step } from './rounds.ts';
import { argOf } from './rounds.ts';

type Call = NonNullable<ScriptTurn['calls']>[number];

export const NEW_FILE = 'VTCODE-DEMO.md';
const NOTE = '_This line was proposed by the vtcode demo, and you allowed it._';
const TEXT = /\.(md|markdown|txt|rst|adoc|json|ya?ml|toml|ts|js|mjs|py|rb|go|rs|java|c|h|cpp|cs|php|sh|css|html)$/i;

/** The names in a listing: the first word of each line that looks like a file's name, folders left out. */
export function namesIn(listing: string): string[] {
  return listing.split('\n').flatMap((line) => {
    const name = /^\s*(?:[-*]\s+)?([^\s/:]+)(?=\s|$)/.exec(line)?.[1];
    return name === undefined ? [] : [name];
  });
}

/** A README, else the first file that is surely text; '' where there is none. */
export function fileToRead(listing: string): string {
  const names = namesIn(listing);
  return (
    names.find((name) => /^readme(\.(md|markdown|txt))?$/i.test(name)) ?? names.find((name) => TEXT.test(name)) ?? ''
  );
}

/** A line below the title, where there is a title that stands once; else a new file under a name that is free. */
export function changeFor(read: Step | undefined, listing: string): Call {
  const path = argOf(read, 'path');
  const content = read?.result && !read.result.isError ? read.result.content : '';
  const title = titleIn(content);
  if (!/^readme/i.test(path) || title === '' || content.includes(NOTE)) return newFile(listing);
  return { name: 'edit_file', args: { path, old: title, new: `${title}\n\n${NOTE}` } };
}

export function newFile(listing: string): Call {
  const taken = new Set(namesIn(listing));
  let path = NEW_FILE;
  for (let at = 2; taken.has(path); at++) path = `VTCODE-DEMO-${at}.md`;
  const content =
    '# The vtcode demo was here\n\nIt proposed this file, and you allowed it. Delete it when you have seen enough.\n';
  return { name: 'write_file', args: { path, content } };
}

/** The first heading, as it stands in the file: without the line number that a listing of a file may put before it. */
function titleIn(content: string): string {
  const lines = content.split('\n').map((line) => line.replace(/^\s*\d+\s*[\t|│:→]\s?/, '').replace(/\r$/, ''));
  const title = lines.find((line) => /^#\s+\S/.test(line)) ?? '';
  return title !== '' && content.split(title).length === 2 ? title : '';
}
