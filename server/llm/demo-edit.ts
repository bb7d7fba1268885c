/** Which file the demo reads, and which change fits what it read. */
import type { ScriptTurn } from './script.ts';
import type { Step } from './rounds.ts';
import { argOf } from './rounds.ts';

type Call = NonNullable<ScriptTurn['calls']>[number];

export const NEW_FILE = 'VTCODE-DEMO.md';
const NOTE = '_This line was proposed by the vtcode demo, and you allowed it._';
const TEXT = /\.(md|markdown|txt|rst|adoc|json|ya?ml|toml|ts|js|mjs|py|rb|go|rs|java|c|h|cpp|cs|php|sh|css|html)$/i;

interface Entry {
  name: string;
  /** What the listing says of it in brackets: its size for a plain file, whether reading it asks. */
  facts: string;
}

/** One entry a line: its name, with `/` behind a folder and `@` behind a link, then facts in brackets where there are some. */
function entriesIn(listing: string): Entry[] {
  return listing.split('\n').flatMap((line) => {
    const [, name, facts = ''] = /^(.+?)(?: {2}\((.*)\))?$/.exec(line) ?? [];
    return name === undefined ? [] : [{ name, facts }];
  });
}

/** A README, else the first file that is surely text; '' where there is none. What a person would have to be asked for is left alone. */
export function fileToRead(listing: string): string {
  const plain = entriesIn(listing).filter(
    ({ facts }) => /^\d+ bytes/.test(facts) && !/sensitive|protected/.test(facts),
  );
  const readme = plain.find(({ name }) => /^readme(\.(md|markdown|txt))?$/i.test(name));
  return (readme ?? plain.find(({ name }) => TEXT.test(name)))?.name ?? '';
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
  const taken = new Set(entriesIn(listing).map(({ name }) => name));
  let path = NEW_FILE;
  for (let at = 2; taken.has(path); at++) path = `VTCODE-DEMO-${at}.md`;
  const content =
    '# The vtcode demo was here\n\nIt proposed this file, and you allowed it. Delete it when you have seen enough.\n';
  return { name: 'write_file', args: { path, content } };
}

/** The first heading, as it stands in the file: what is read of a file has the number of each line and a tab before it. */
function titleIn(content: string): string {
  const lines = content.split('\n').map((line) => line.replace(/^ *\d+\t/, ''));
  const title = lines.find((line) => /^#\s+\S/.test(line)) ?? '';
  return title !== '' && content.split(title).length === 2 ? title : '';
}
