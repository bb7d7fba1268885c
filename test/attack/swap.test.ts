/** Attacks in the middle of a read or a write: names that are swapped for links all the time, and a process that is killed. */
import { spawn } from 'node:child_process';
import * as fs from 'node:fs';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { Worker } from 'node:worker_threads';
import { describe, expect, it, onTestFinished } from 'vitest';
import type { EditAction } from '../../shared/action.ts';
import { locate } from '../../server/base/contained.ts';
import { namesIn, openDirectory, readWhole } from '../../server/base/contained-read.ts';
import { cleanTemporary } from '../../server/run/temporary.ts';
import { createWriter } from '../../server/run/write.ts';
import { sha256 } from '../../server/base/hash.ts';
import { openBlobs } from '../../server/store/blobs.ts';
import { planChange } from '../../server/tools/change.ts';
import { runs } from '../long.ts';
import { tempDir } from '../fixtures/temp.ts';

/** A workspace with a folder and a file that have each a link as a double, and what the links lead to, outside. */
function arena() {
  const base = tempDir('vt-swap-');
  const [root, outside] = [join(base, 'ws'), join(base, 'outside')];
  for (const dir of [join(root, 'dir'), outside]) fs.mkdirSync(dir, { recursive: true });
  fs.writeFileSync(join(root, 'dir/file'), 'inside');
  fs.writeFileSync(join(root, 'file'), 'inside');
  fs.writeFileSync(join(outside, 'file'), 'OUTSIDE');
  fs.symlinkSync(outside, join(root, 'dir.link'));
  fs.symlinkSync(join(outside, 'file'), join(root, 'file.link'));
  return { base, root, outside };
}

/** Another thread that puts the link in the place of the thing and back, as fast as it can. */
async function swapping(root: string, name: string): Promise<{ swaps(): number }> {
  const counter = new Int32Array(new SharedArrayBuffer(8));
  const code = `
    const { renameSync } = require('node:fs');
    const { parentPort, workerData: { root, name, counter } } = require('node:worker_threads');
    const [thing, link, aside] = [name, name + '.link', name + '.aside'].map((one) => root + '/' + one);
    // What is attacked may make the folder anew while it is away.
    const EXPECTED = ['ENOENT', 'EEXIST', 'EISDIR', 'ENOTDIR', 'ENOTEMPTY'];
    const swap = (from, to) => { try { renameSync(from, to); } catch (error) { if (!EXPECTED.includes(error.code)) throw error; } };
    parentPort.postMessage('started');
    while (Atomics.load(counter, 1) === 0) {
      swap(thing, aside); swap(link, thing);
      swap(thing, link); swap(aside, thing);
      Atomics.add(counter, 0, 1);
    }
    parentPort.postMessage('ended');`;
  const worker = new Worker(code, { eval: true, workerData: { root, name, counter } });
  const failed = new Promise<never>((_, reject) => worker.once('error', reject));
  await Promise.race([new Promise((done) => worker.once('message', done)), failed]);
  onTestFinished(async () => {
    Atomics.store(counter, 1, 1);
    await worker.terminate();
  });
  return { swaps: () => Atomics.load(counter, 0) };
}

/** Rounds enough to be caught in the middle, and on until the other thread has had its turns and the thing itself was met; bounded. */
const enough = (round: number, swaps: number, met: boolean) =>
  (round >= runs(8_000) && swaps >= 200 && met) || round >= runs(500_000);

describe('D2 names that are swapped for links while they are opened', () => {
  it.each(['dir/file', 'file'])('never give what is outside: reading %s', async (path) => {
    const { root } = arena();
    const other = await swapping(root, path.split('/')[0]!);
    const seen = new Set<string>();
    for (let round = 0; !enough(round, other.swaps(), seen.has('inside')); round++) {
      for (const follow of ['inside', 'none'] as const) {
        const whole = await readWhole(root, path, { follow, max: 100 });
        seen.add(!whole.ok ? whole.code : whole.state === 'absent' ? 'absent' : whole.bytes.toString());
      }
    }
    expect([...seen]).not.toContain('OUTSIDE');
    expect([...seen]).toContain('inside');
    expect(other.swaps()).toBeGreaterThan(0);
  });

  it('never list what is outside', async () => {
    const { root, outside } = arena();
    fs.writeFileSync(join(outside, 'only-outside'), '');
    const other = await swapping(root, 'dir');
    const seen = new Set<string>();
    for (let round = 0; !enough(round, other.swaps(), seen.size > 0); round++) {
      const folder = openDirectory(root, 'dir', 'inside');
      if (!folder.ok) continue;
      for await (const entry of await namesIn(folder.dir)) seen.add(entry.name);
      folder.close();
    }
    expect([...seen]).toEqual(['file']);
  });

  it.each(['dir/file', 'dir/new', 'file'])('never carry a write out: %s', async (path) => {
    const { base, root, outside } = arena();
    const blobs = await openBlobs(join(base, 'blobs'));
    const write = createWriter({ root, blobs });
    const other = await swapping(root, path.split('/')[0]!);
    const side = { bytes: Buffer.from('inside'), mode: 0o644 };
    const outcomes = new Set<string>();
    for (let round = 0; round < runs(150) || (other.swaps() < 200 && round < runs(5_000)); round++) {
      // A new file each time; or the same bytes again over the file, which fit whenever the write is let through.
      const isNew = path.endsWith('new');
      const name = isNew ? `${path}${round}` : path;
      const change = await planChange({ path: name, from: name, before: isNew ? null : side, after: side, blobs });
      const action: EditAction = { kind: 'edit', tool: 'write_file', changes: [change] };
      const { outcome } = await write(action, new AbortController().signal);
      outcomes.add(outcome.status === 'failed' ? outcome.code : outcome.status);
    }
    expect(fs.readdirSync(outside)).toEqual(['file']);
    expect(fs.readFileSync(join(outside, 'file'), 'utf8')).toBe('OUTSIDE');
    expect([...outcomes].filter((one) => !['done', 'changed', 'link'].includes(one))).toEqual([]);
  });

  it('leave no descriptor open behind them', async () => {
    const { root } = arena();
    const other = await swapping(root, 'dir');
    const fds = () => fs.readdirSync('/proc/self/fd').length;
    const before = fds();
    for (let round = 0; !enough(round, other.swaps(), true); round++) {
      const found = locate(root, 'dir/file', 'inside');
      if (found.ok) found.close();
    }
    expect(fds()).toBe(before);
  });
});

describe('a process that is killed in the middle of its writes', () => {
  it('leaves the file whole, old or new, and only temporary files that the next start cleans', async () => {
    const base = tempDir('vt-kill-');
    const root = join(base, 'ws');
    fs.mkdirSync(root);
    const size = 1_500_000;
    fs.writeFileSync(join(root, 'target'), Buffer.alloc(size, 'a'));
    const script = join(dirname(import.meta.dirname), 'fixtures/write-on.ts');
    for (let round = 0; round < Math.min(runs(3), 30); round++) {
      const child = spawn(process.execPath, ['--import', 'tsx', script, root, join(base, 'blobs')], {
        stdio: ['ignore', 'pipe', 'inherit'],
      });
      const ended = new Promise<NodeJS.Signals | null>((done) => child.once('exit', (_code, signal) => done(signal)));
      let landed = 0;
      // In another place of a write each time, for the pause between two lines is longer or shorter.
      for await (const _line of createInterface({ input: child.stdout })) {
        if (++landed < 3 + round) continue;
        setTimeout(() => child.kill('SIGKILL'), round * 2);
        break;
      }
      expect(await ended).toBe('SIGKILL');
      const bytes = fs.readFileSync(join(root, 'target'));
      expect([bytes.length, bytes.every((byte) => byte === bytes[0])]).toEqual([size, true]);
      await cleanTemporary(root);
      expect(fs.readdirSync(join(root, '.vtcode/tmp'))).toEqual([]);
      expect(fs.readdirSync(root).sort()).toEqual(['.vtcode', 'target']);
      await openBlobs(join(base, 'blobs'));
      expect(kept(join(base, 'blobs')).filter(({ name, bytes }) => name !== sha256(bytes))).toEqual([]);
    }
  });
});

function kept(dir: string): { name: string; bytes: Buffer }[] {
  const files = fs.readdirSync(dir, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  return files.map(({ name, parentPath }) => ({ name, bytes: fs.readFileSync(join(parentPath, name)) }));
}
