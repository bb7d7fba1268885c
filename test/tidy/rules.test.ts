/** The house rules themselves: each finds the small sin it is there for, and lets the honest line pass. */
import { describe, expect, it } from 'vitest';
import { doors } from './doors.ts';
import { language } from './language.ts';
import { proofs } from './proofs.ts';
import { directions, importCircles } from './rooms.ts';
import { sizes } from './sizes.ts';
import type { Offence, Source } from './sources.ts';
import { machinePaths, roles } from './words.ts';
import { writes } from './writes.ts';

type Check = (sources: Source[]) => Offence[];
type Sample = [path: string, text: string];

const offences = (check: Check, ...samples: Sample[]) => check(samples.map(([path, text]) => ({ path, text })));

/** Every sample of `bad` is found alone; none of `good` is. */
function finds(check: Check, { bad, good }: { bad: Sample[]; good: Sample[] }): void {
  it.each(bad)(`finds it: %s %j`, (path, text) => {
    expect(offences(check, [path, text])).toEqual([expect.stringContaining(path)]);
  });
  it.each(good)(`passes: %s %j`, (path, text) => {
    expect(offences(check, [path, text])).toEqual([]);
  });
}

const lines = (count: number) => 'const x = 1;\n'.repeat(count);
const fn = (count: number) => `function f() {\n${'  g();\n'.repeat(count - 2)}}\n`;

describe('sizes', () => {
  finds(sizes, {
    bad: [
      ['server/a.ts', lines(401)],
      ['web/ui/A.svelte', lines(201)],
      ['web/ui/a.css', '\n'.repeat(401)],
      ['server/a.ts', fn(61)],
      ['web/ui/A.svelte', `<script lang="ts">\n${fn(61)}</script>\n`],
      ['test/a.test.ts', `it('x', () => {\n${lines(60)}});\n`],
    ],
    good: [
      ['server/a.ts', lines(400)],
      ['web/ui/A.svelte', lines(200)],
      ['server/a.ts', fn(60)],
      ['test/a.test.ts', `describe('x', () => {\n${lines(90)}});\n`],
    ],
  });
});

describe('rooms', () => {
  finds(directions, {
    bad: [
      ['server/tools/a.ts', "import { gate } from '../gate/gate.ts';"],
      ['server/store/a.ts', "const gate = await import('../gate/gate.ts');"],
      ['server/base/a.ts', "export { x } from '../store/log.ts';"],
      ['server/a.ts', "import { page } from '../web/main.ts';"],
      ['server/kitchen/a.ts', "import { log } from '../store/log.ts';"],
      ['web/lib/a.ts', "import type { Deps } from '../../server/routes/deps.ts';"],
      ['web/lib/a.ts', "import { readFile } from 'node:fs';"],
      ['web/ui/A.svelte', '<script lang="ts">import { x } from \'../../server/x.ts\';</script>'],
      ['shared/a.ts', "import { Hono } from 'hono';"],
      ['shared/a.ts', "import { createHash } from 'node:crypto';"],
      ['server/policy/a.ts', "import { readFile } from 'node:fs';"],
      ['server/policy/a.ts', "import { parse } from 'smol-toml';"],
      ['server/run/exec.ts', "import { spawn } from 'node:child_process';"],
      ['server/tools/a.ts', "import { request } from 'undici';"],
      ['server/tools/a.ts', "import { request } from 'node:https';"],
      ['server/agent/a.ts', "import { request } from 'node:http';"],
      ['server/agent/a.ts', "import Anthropic from '@anthropic-ai/sdk';"],
      ['server/agent/a.ts', "import Database from 'better-sqlite3';"],
      ['server/agent/a.ts', "import { connect } from 'node:net';"],
      ['server/agent/a.ts', "import { join } from 'path';"],
      ['server/agent/a.ts', "import { x } from '../../test/x.ts';"],
    ],
    good: [
      ['server/tools/a.ts', "import type { Gate } from '../gate/gate.ts';"],
      ['server/tools/a.ts', "import { type Gate, type Other } from '../gate/gate.ts';"],
      ['server/gate/a.ts', "import { judge } from '../policy/judge.ts';"],
      ['server/serve.ts', "import { gate } from './gate/gate.ts';"],
      ['server/cli/a.ts', "import { open } from '../store/open.ts';"],
      ['server/run/spawn.ts', "import { spawn } from 'node:child_process';"],
      ['server/llm/a.ts', "import Anthropic from '@anthropic-ai/sdk';"],
      ['server/policy/a.ts', "import type { Action } from '../../shared/action.ts';"],
      ['web/lib/a.ts', "import { fold } from '../../shared/timeline.ts';"],
      ['test/a.test.ts', "import { spawn } from 'node:child_process';"],
    ],
  });
});

describe('circles', () => {
  it('finds the members of a circle, however long', () => {
    const samples: Sample[] = [
      ['server/a.ts', "import { b } from './b.ts';"],
      ['server/b.ts', "import { c } from './c.ts';"],
      ['server/c.ts', "import { a } from './a.ts';"],
      ['server/d.ts', "import { a } from './a.ts';"],
    ];
    expect(offences(importCircles, ...samples)).toEqual([
      expect.stringMatching(/server\/a\.ts, server\/b\.ts, server\/c\.ts$/),
    ]);
  });

  it('finds a file that imports itself', () => {
    expect(offences(importCircles, ['server/a.ts', "import { a } from './a.ts';"])).toHaveLength(1);
  });

  it('passes a circle of types, which is gone when it runs', () => {
    const samples: Sample[] = [
      ['server/a.ts', "import { b } from './b.ts';"],
      ['server/b.ts', "import type { A } from './a.ts';"],
    ];
    expect(offences(importCircles, ...samples)).toEqual([]);
  });
});

describe('doors', () => {
  finds(doors, {
    bad: [
      ['server/store/a.ts', 'const home = process.env.HOME;'],
      ['server/store/a.ts', "const home = process['env'].HOME;"],
      ['server/store/a.ts', 'const { env } = process;'],
      ['server/store/a.ts', "import { env } from 'node:process';"],
      ['server/tools/a.ts', "await fetch('https://example.org');"],
      ['server/tools/a.ts', 'const get = globalThis.fetch;'],
      ['web/chat/A.svelte', '<script lang="ts">void fetch(\'/api\');</script>'],
      ['web/chat/A.svelte', '<p>{@html text}</p>'],
      ['web/chat/a.ts', 'node.innerHTML = text;'],
      ['web/chat/a.ts', "node.insertAdjacentHTML('beforeend', text);"],
      ['web/chat/a.ts', 'eval(text);'],
      ['web/chat/a.ts', 'new Function(text);'],
      ['web/chat/a.ts', 'document.write(text);'],
    ],
    good: [
      ['server/main.ts', 'const home = process.env.HOME;'],
      ['server/config/a.ts', 'const { env } = process;'],
      ['server/llm/a.ts', "await fetch('https://example.org');"],
      ['server/tools/a.ts', 'await deps.fetch(url);'],
      ['web/chat/Markdown.svelte', '<p>{@html clean}</p>'],
      ['test/a.test.ts', 'const home = process.env.HOME;'],
    ],
  });
});

describe('writes', () => {
  const fs = "import * as fs from 'node:fs';";
  const open = "import { open } from 'node:fs/promises';";
  finds(writes, {
    bad: [
      ['server/tools/a.ts', "import { readFile, writeFile } from 'node:fs/promises';"],
      ['server/tools/a.ts', "import { rmSync as gone } from 'node:fs';"],
      ['server/tools/a.ts', "import { createWriteStream } from 'fs';"],
      ['server/agent/a.ts', "export { rename } from 'node:fs/promises';"],
      ['server/agent/a.ts', "export * from 'node:fs';"],
      ['server/agent/a.ts', "const { rm } = await import('node:fs/promises');"],
      ['server/agent/a.ts', "const fs = process.getBuiltinModule('node:fs');"],
      ['server/search/a.ts', `${fs} fs.symlinkSync(a, b);`],
      ['server/search/a.ts', `${fs} await fs.promises.chmod(a, 1);`],
      ['server/search/a.ts', `${fs} fs['unlinkSync'](a);`],
      ['server/search/a.ts', `${fs} fs[name](a);`],
      ['server/search/a.ts', `${fs} const { cpSync } = fs;`],
      ['server/search/a.ts', "import { promises as disk } from 'node:fs'; await disk.truncate(a);"],
      ['server/search/a.ts', "import disk from 'node:fs'; disk.utimesSync(a, b, b);"],
      ['server/routes/a.ts', `${open} await open(a, 'w');`],
      ['server/routes/a.ts', `${open} await open(a, 'r+');`],
      ['server/routes/a.ts', `${open} await open(a, constants.O_RDONLY | constants.O_CREAT);`],
      ['server/routes/a.ts', `${open} const flags = constants.O_WRONLY; await open(a, flags);`],
      ['server/routes/a.ts', `${open} let flags = constants.O_RDONLY; await open(a, flags);`],
      ['server/routes/a.ts', `${open} const also = open;`],
      ['server/routes/a.ts', `${fs} fs.openSync(a, 'a');`],
      ['server/config/a.ts', "import { mkdir } from 'node:fs/promises';"],
      ['server/cli/a.ts', "import { appendFileSync } from 'node:fs';"],
    ],
    good: [
      ['server/run/a.ts', "import { writeFile } from 'node:fs/promises';"],
      ['server/store/a.ts', `${fs} fs.rmSync(a);`],
      ['server/lock.ts', "import { rename } from 'node:fs/promises';"],
      ['server/tools/a.ts', "import { readFile, type FileHandle } from 'node:fs/promises';"],
      ['server/tools/a.ts', "import type { writeFile } from 'node:fs/promises';"],
      ['server/tools/a.ts', `${open} await open(a);`],
      ['server/tools/a.ts', `${open} await open(a, 'r');`],
      ['server/tools/a.ts', `${open} const flags = constants.O_RDONLY | 0; await open(a, flags); streams.open(b);`],
      ['server/tools/a.ts', `${fs} fs.openSync(a, O_PATH | O_NOFOLLOW); fs.readFileSync(b);`],
      ['test/a.test.ts', "import { writeFileSync } from 'node:fs';"],
    ],
  });
});

describe('language', () => {
  finds(language, {
    bad: [
      ['shared/a.ts', "import { z } from 'zod';"],
      ['server/a.ts', 'enum Colour { Red }'],
      ['server/a.ts', 'namespace A { export const b = 1; }'],
      ['server/a.ts', 'const a: any = 1;'],
      ['server/a.ts', 'const a = b as any;'],
      ['server/a.ts', 'export default function f() {}'],
      ['server/a.ts', 'const a = 1;\nexport default a;'],
      ['server/a.ts', "export * from './b.ts';"],
      ['server/a.ts', "export { b } from './b.ts';"],
      ['server/a.ts', 'try { a(); } catch {}'],
      ['server/a.ts', '@sealed class A {}'],
      ['server/a.ts', '// @ts-ignore'],
      ['server/a.ts', '// eslint-disable-next-line'],
      ['server/a.ts', '// TODO: later'],
      ['server/base/utils.ts', 'const a = 1;'],
      ['server/base/index.ts', 'const a = 1;'],
      ['web/ui/A.svelte', '<p>a</p>\n<!-- svelte-ignore a11y_autofocus -->'],
    ],
    good: [
      ['shared/a.ts', "import * as z from 'zod';"],
      ['server/a.ts', 'declare global { interface Window { a: 1 } }'],
      ['server/a.ts', 'const a = 1;\nexport type { A };'],
      ['server/a.ts', 'try { a(); } catch {\n  // a reason\n}'],
      ['server/a.ts', "export { fetch } from 'undici';"],
      ['vite.config.ts', 'export default {};'],
      ['web/ui/A.svelte', '<!-- It is the only field. -->\n<!-- svelte-ignore a11y_autofocus -->'],
    ],
  });
});

describe('roles', () => {
  finds(roles, {
    bad: [
      ['server/a.ts', "import { b } from './b.ts';"],
      ['server/a.ts', '/** stuff */\nconst a = 1;'],
      ['web/ui/A.svelte', '<p>a</p>'],
    ],
    good: [
      ['server/a.ts', '/** Keeps the records of one workspace. */\nconst a = 1;'],
      ['server/main.ts', '#!/usr/bin/env node\n/** The command line, one file a command. */'],
      ['web/ui/A.svelte', '<!-- A button that says why it is off. -->\n<p>a</p>'],
      ['web/ui/A.svelte', '<script lang="ts">\n  /** A button that says why it is off. */\n</script>'],
    ],
  });
});

describe('machine paths', () => {
  const above = ['', 'work', 'main'].join('/');
  finds(machinePaths, {
    bad: [
      ['docs/a.md', `see ${above}`],
      ['server/a.ts', `const a = '${above}/x';`],
      ['README.md', ['', 'Users', 'ann'].join('/')],
    ],
    good: [
      ['docs/a.md', '/home/ann/project and /tmp/x'],
      ['server/a.ts', "const a = 'home/work/x';"],
    ],
  });
});

describe('proofs', () => {
  finds(proofs, {
    bad: [
      ['test/a.test.ts', "it.skip('a', () => {});"],
      ['test/a.test.ts', "describe.only('a', () => {});"],
      ['test/a.test.ts', "it.todo('a');"],
      ['test/a.test.ts', "it.skipIf(true)('a', () => {});"],
      ['test/a.test.ts', "xit('a', () => {});"],
      ['test/a.test.ts', 'await new Promise((done) => setTimeout(done, 10));'],
      ['test/a.test.ts', "import { setTimeout as nap } from 'node:timers/promises';"],
      ['test/a.test.ts', 'await page.waitForTimeout(10);'],
      ['test/a.test.ts', "vi.mock('./a.ts');"],
      ['test/a.test.ts', 'expect(true).toBe(true);'],
      ['test/a.test.ts', 'expect(1).toBe(1);'],
      ['test/a.test.ts', 'expect(performance.now() - start).toBeLessThan(500);'],
    ],
    good: [
      ['test/a.test.ts', "it('a', () => { expect(a).toBe(true); });"],
      ['test/a.test.ts', 'const killer = setTimeout(() => child.kill(), 10);'],
      ['server/a.ts', 'await new Promise((done) => setTimeout(done, 10));'],
    ],
  });
});
