/** What stands in for an absent name is ours to take away, and nothing else is: also after a crash. */
import { execFileSync } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  renameSync,
  rmSync,
  rmdirSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { openLedger, type Placeholder } from '../../server/sandbox/ledger.ts';

function place() {
  const top = realpathSync(mkdtempSync(join(tmpdir(), 'vtcode-ledger-')));
  onTestFinished(() => rmSync(top, { recursive: true, force: true }));
  const [root, dir] = [join(top, 'work'), join(top, 'own')];
  mkdirSync(root);
  return { top, root, dir };
}

const DIR: Placeholder = { path: '.vscode', kind: 'directory', content: '' };
const FILE: Placeholder = { path: 'g/commondir', kind: 'file', content: '.\n' };

test('it is there while somebody holds it, and gone with the last one', () => {
  const { root, dir } = place();
  mkdirSync(join(root, 'g'));
  const ledger = openLedger(root, dir);
  const [one, two] = [ledger.take([DIR, FILE]), ledger.take([DIR])];
  expect([one.paths, two.paths]).toEqual([['.vscode', 'g/commondir'], ['.vscode']]);
  expect(readFileSync(join(root, 'g/commondir'), 'utf8')).toBe('.\n');
  expect(ledger.isOurs('.vscode')).toBe(true);
  one.release();
  one.release();
  ledger.sweep();
  expect(existsSync(join(root, '.vscode'))).toBe(true);
  two.release();
  ledger.sweep();
  expect([readdirSync(root), readdirSync(join(root, 'g')), readdirSync(dir)]).toEqual([['g'], [], []]);
});

test('one that lingers is held again; one that somebody took away meanwhile is made again', () => {
  const { root, dir } = place();
  const ledger = openLedger(root, dir);
  ledger.take([DIR]).release();
  expect(existsSync(join(root, '.vscode'))).toBe(true);
  rmdirSync(join(root, '.vscode'));
  expect(ledger.take([DIR]).paths).toEqual(['.vscode']);
  ledger.sweep();
  expect(ledger.isOurs('.vscode')).toBe(true);
});

test('what stands there already is left as it is, and is not ours', () => {
  const { root, dir } = place();
  mkdirSync(join(root, '.vscode'));
  const ledger = openLedger(root, dir);
  const taken = ledger.take([DIR]);
  expect([taken.paths, ledger.isOurs('.vscode')]).toEqual([[], false]);
  taken.release();
  ledger.sweep();
  expect(existsSync(join(root, '.vscode'))).toBe(true);
});

test('what somebody filled, changed or replaced is theirs', () => {
  const { root, dir } = place();
  for (const name of ['g', 'h']) mkdirSync(join(root, name));
  const ledger = openLedger(root, dir);
  const [other, third] = [
    { ...FILE, path: 'h/commondir' },
    { ...DIR, path: '.idea' },
  ];
  const taken = ledger.take([DIR, FILE, other, third]);
  writeFileSync(join(root, '.vscode/x'), '');
  writeFileSync(join(root, 'g/commondir'), 'other');
  renameSync(join(root, 'h/commondir'), join(root, 'h/moved'));
  writeFileSync(join(root, 'h/commondir'), '.\n');
  rmdirSync(join(root, '.idea'));
  mkdirSync(join(root, '.idea'));
  taken.release();
  ledger.sweep();
  expect(['.vscode', 'g/commondir', 'h/commondir'].map((path) => existsSync(join(root, path)))).toEqual([
    true,
    true,
    true,
  ]);
});

test('nothing is made or taken away through a link', () => {
  const { root, top, dir } = place();
  mkdirSync(join(top, 'out'));
  symlinkSync('../out', join(root, 'g'));
  const ledger = openLedger(root, dir);
  const taken = ledger.take([FILE]);
  expect([taken.paths, readdirSync(join(top, 'out'))]).toEqual([[], []]);
});

test('what a process left that died is taken away when the next one opens, unless it was used since', () => {
  const { root, dir } = place();
  const module = new URL('../../server/sandbox/ledger.ts', import.meta.url).href;
  const wanted = JSON.stringify([DIR, { ...DIR, path: '.idea' }]);
  const script = `const { openLedger } = await import(${JSON.stringify(module)});
    openLedger(${JSON.stringify(root)}, ${JSON.stringify(dir)}).take(${wanted}); process.kill(process.pid, 'SIGKILL');`;
  expect(() =>
    execFileSync(process.execPath, ['--import', 'tsx', '--input-type=module', '-e', script], { stdio: 'pipe' }),
  ).toThrow(/Command failed/);
  expect(readdirSync(root)).toEqual(['.idea', '.vscode']);
  writeFileSync(join(root, '.idea/x'), '');
  openLedger(root, dir);
  expect(readdirSync(root)).toEqual(['.idea']);
});

test('what a process holds that lives is left to it', () => {
  const { root, dir } = place();
  openLedger(root, dir).take([DIR]);
  openLedger(root, dir);
  expect(readdirSync(root)).toEqual(['.vscode']);
});

test('a journal that is half written, or not ours, takes nothing away', () => {
  const { root, dir } = place();
  mkdirSync(dir);
  mkdirSync(join(root, '.vscode'));
  for (const [name, text] of [
    ['1.json', '{"pid":'],
    ['2.json.new', 'x'],
    ['3.json', '{"pid":1,"start":"0","entries":[{"path":"../own"}]}'],
  ])
    writeFileSync(join(dir, `placeholders-${name}`), text!);
  openLedger(root, dir);
  expect([readdirSync(root), readdirSync(dir)]).toEqual([['.vscode'], []]);
});

test('where one cannot be made, those before it are known as ours and taken away; the same one twice is one', () => {
  const { root, dir } = place();
  const ledger = openLedger(root, dir);
  const unwritable = { path: 'x', kind: 'file' as const, content: 1 as unknown as string };
  expect(() => ledger.take([DIR, unwritable, { ...DIR, path: '.idea' }])).toThrow(/must be of type string/);
  expect([readdirSync(root), ledger.isOurs('.vscode')]).toEqual([['.vscode'], true]);
  const journal = readFileSync(join(dir, readdirSync(dir)[0]!), 'utf8');
  expect((JSON.parse(journal) as { entries: object[] }).entries).toEqual([
    { ...DIR, sign: expect.stringMatching(/^\d+:\d+$/) as string },
  ]);
  ledger.sweep();
  expect([readdirSync(root), readdirSync(dir)]).toEqual([[], []]);
  const twice = ledger.take([DIR, DIR]);
  expect(twice.paths).toEqual(['.vscode']);
  twice.release();
  ledger.sweep();
  expect(readdirSync(root)).toEqual([]);
});
