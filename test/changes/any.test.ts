/** Any edits of an agent and of a person, in any order: a revert loses no line of the person, and its undo brings all back. */
import { chmodSync, existsSync, readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { sha256 } from '../../server/base/hash.ts';
import { planRevert, type RevertPlan } from '../../server/changes/plan.ts';
import { historiesOf } from '../../server/store/histories.ts';
import type { FileState } from '../../shared/action.ts';
import type { Change } from '../../shared/changes-api.ts';
import { newTurnId } from '../../shared/ids.ts';
import { tempDir } from '../fixtures/temp.ts';

interface Op {
  who: 'agent' | 'person';
  what: 'insert' | 'replace' | 'cut' | 'make' | 'remove' | 'move' | 'mode';
  file: number;
  other: number;
  at: number;
}

const NAMES = ['a', 'b', 'c', 'd'];
const ops = (who: fc.Arbitrary<Op['who']>): fc.Arbitrary<Op[]> =>
  fc.array(
    fc.record({
      who,
      what: fc.constantFrom('insert', 'insert', 'replace', 'replace', 'cut', 'make', 'remove', 'move', 'mode'),
      file: fc.nat(NAMES.length - 1),
      other: fc.nat(NAMES.length - 1),
      at: fc.nat(11),
    }),
    { minLength: 1, maxLength: 10 },
  );
const both = ops(fc.constantFrom('agent', 'agent', 'person'));

const linesOf = (text: string) => text.split('\n').slice(0, -1);
const joined = (lines: string[]) => lines.map((line) => `${line}\n`).join('');

/** A folder of files, the ledger of what the agent did to them, and the bytes that it kept. */
class Bench {
  readonly root = tempDir('vtcode-any-');
  ledger: Change[] = [];
  readonly blobs = new Map<string, Buffer>();

  /** Two files of eight lines, and nothing in the ledger. */
  begin(): void {
    for (const name of NAMES) rmSync(this.at(name), { force: true });
    this.ledger = [];
    for (const [i, word] of ['one', 'two'].entries())
      writeFileSync(this.at(NAMES[i]!), joined(Array.from({ length: 8 }, (_, n) => `${word} ${n}`)), { mode: 0o644 });
  }

  at = (name: string) => join(this.root, name);

  state(name: string): FileState {
    if (!existsSync(this.at(name))) return { state: 'absent' };
    const bytes = readFileSync(this.at(name));
    const hash = sha256(bytes);
    this.blobs.set(hash, bytes);
    return { state: 'file', sha256: hash, size: bytes.length, mode: statSync(this.at(name)).mode & 0o7777 };
  }

  tree(): Record<string, string> {
    const shown = (name: string) => `${statSync(this.at(name)).mode}\n${readFileSync(this.at(name), 'utf8')}`;
    return Object.fromEntries(readdirSync(this.root).map((name) => [name, shown(name)]));
  }

  play(all: readonly Op[]): void {
    for (const [i, op] of all.entries()) this.#step(op, `${op.who} ${i}`);
  }

  #step(op: Op, word: string): void {
    const [path, other] = [NAMES[op.file]!, NAMES[op.other]!];
    const to = op.what === 'move' ? other : path;
    if (op.what === 'move' && (existsSync(this.at(to)) || to === path)) return;
    const before = this.state(path);
    if ((before.state === 'absent') !== (op.what === 'make')) return;
    this.#act(op, { path, to, word });
    const after = this.state(to);
    const change = before.state === 'absent' ? 'create' : after.state === 'absent' ? 'delete' : 'modify';
    if (op.who === 'person' || JSON.stringify([path, before]) === JSON.stringify([to, after])) return;
    this.ledger.push({ path: to, from: path, op: change, before, after, added: 0, removed: 0 });
  }

  #act({ what, at }: Op, { path, to, word }: { path: string; to: string; word: string }): void {
    const [file, lines] = [this.at(path), what === 'make' ? [] : linesOf(readFileSync(this.at(path), 'utf8'))];
    const place = Math.min(at, Math.max(0, lines.length - 1));
    switch (what) {
      case 'insert':
        return writeFileSync(file, joined(lines.toSpliced(place, 0, word)));
      case 'replace':
        return writeFileSync(file, joined(lines.toSpliced(place, 1, word)));
      case 'cut':
        return writeFileSync(file, joined(lines.toSpliced(place, 1)));
      case 'make':
        return writeFileSync(file, joined([word]));
      case 'remove':
        return rmSync(file);
      case 'move':
        return renameSync(file, this.at(to));
      case 'mode':
        return chmodSync(file, at % 2 === 0 ? 0o755 : 0o644);
    }
  }

  plan = (ledger = this.ledger): Promise<RevertPlan> =>
    planRevert(
      { root: this.root, blobs: { get: async (hash) => this.blobs.get(hash) ?? null }, paths: [] },
      historiesOf(ledger),
      newTurnId(),
    );

  /** What the plan says, done to the files; answers it as a ledger of its own. */
  perform({ action, bytes }: RevertPlan): Change[] {
    for (const [hash, content] of bytes) this.blobs.set(hash, content);
    const changes = action?.changes ?? [];
    for (const { from, before } of changes) {
      expect(this.state(from)).toEqual(before);
      if (before.state === 'file') rmSync(this.at(from));
    }
    for (const { path, after } of changes) {
      expect(existsSync(this.at(path))).toBe(false);
      if (after.state === 'absent') continue;
      writeFileSync(this.at(path), this.blobs.get(after.sha256)!);
      chmodSync(this.at(path), after.mode);
    }
    return changes.map((change) => ({ ...change, added: 0, removed: 0 }));
  }
}

const wordsOf = (tree: Record<string, string>, who: string) =>
  Object.values(tree).flatMap((text) => linesOf(text).filter((line) => line.startsWith(`${who} `)));

describe('of any edits', () => {
  it('a revert keeps every line of the person, leaves conflicts alone, and is undone to the byte', async () => {
    const bench = new Bench();
    const seen = new Set<string>();
    await fc.assert(
      fc.asyncProperty(both, async (all) => {
        bench.begin();
        bench.play(all);
        const before = bench.tree();
        const plan = await bench.plan();
        const undo = bench.perform(plan);
        const after = bench.tree();
        expect(wordsOf(after, 'person')).toEqual(expect.arrayContaining(wordsOf(before, 'person')));
        for (const { state } of plan.files) seen.add(state);
        const moved = plan.files.filter(({ state }) => state !== 'conflict').flatMap(({ path, to }) => [path, to]);
        for (const { path, state } of plan.files)
          if (state === 'conflict' && !moved.includes(path)) expect([path, after[path]]).toEqual([path, before[path]]);
        const back = await bench.plan(undo);
        expect(back.files.filter(({ state }) => state !== 'back')).toEqual([]);
        bench.perform(back);
        expect(bench.tree()).toEqual(before);
      }),
      { numRuns: 1_000 },
    );
    expect([...seen].sort()).toEqual(expect.arrayContaining(['back', 'conflict', 'merged']));
  });

  it('of an agent alone, a revert brings back what was before it', async () => {
    const bench = new Bench();
    await fc.assert(
      fc.asyncProperty(ops(fc.constant('agent')), async (all) => {
        bench.begin();
        const start = bench.tree();
        bench.play(all);
        const plan = await bench.plan();
        expect(plan.files.filter(({ state }) => state !== 'back')).toEqual([]);
        bench.perform(plan);
        expect(bench.tree()).toEqual(start);
      }),
      { numRuns: 500 },
    );
  });

  it('a second revert finds nothing more to take back, or what stood against it before', async () => {
    const bench = new Bench();
    await fc.assert(
      fc.asyncProperty(both, async (all) => {
        bench.begin();
        bench.play(all);
        const first = await bench.plan();
        const undo = bench.perform(first);
        const after = bench.tree();
        const again = await bench.plan([...bench.ledger, ...undo]);
        bench.perform(again);
        const refused = first.files.some(({ state }) => state === 'conflict');
        if (!refused) expect(bench.tree()).toEqual(after);
        expect(wordsOf(bench.tree(), 'person')).toEqual(expect.arrayContaining(wordsOf(after, 'person')));
      }),
      { numRuns: 500 },
    );
  });
});
