/** Records that go to a collector while the program runs: to the end of a turn, over a kill, and without a word of its token. */
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { workspaceId } from '../../server/config/workspace.ts';
import { openStoreReader } from '../../server/store/store.ts';
import { type Collector, startCollector } from '../fixtures/collector.ts';
import { buildProgram, ground, type Ground, type Program, start, vtcode } from './program.ts';

let program: Program;
beforeAll(async () => {
  program = await buildProgram();
});
afterAll(() => program.remove());

const TOKEN = 'Zq7rT2-not-shaped-like-any-key';
/** The token, and what a library might look for by itself. */
const ENV = {
  COLLECTOR_AUTH: `Bearer ${TOKEN}`,
  ...{ HTTP_PROXY: 'http://127.0.0.1:1', http_proxy: 'http://127.0.0.1:1', HTTPS_PROXY: 'http://127.0.0.1:1' },
  ...{ OTEL_EXPORTER_OTLP_HEADERS: 'x-other=1', OTEL_RESOURCE_ATTRIBUTES: 'other=1', OTEL_SERVICE_NAME: 'other' },
};

function named(at: Ground, endpoint: string): void {
  mkdirSync(at.config, { recursive: true, mode: 0o700 });
  const lines = ['[audit.otlp]', `endpoint = "${endpoint}"`, 'headers_env = { Authorization = "COLLECTOR_AUTH" }'];
  writeFileSync(join(at.config, 'config.toml'), `${lines.join('\n')}\n`);
}

function scripted(at: Ground, turns: unknown[]): string {
  const script = join(at.top, 'script.json');
  writeFileSync(script, JSON.stringify({ version: 1, turns }));
  return script;
}

function recorded(at: Ground): number[] {
  const store = openStoreReader(join(at.state, workspaceId(at.work)));
  try {
    return store.log.after(0, { sessions: null, limit: 1_000 }).map(({ seq }) => seq);
  } finally {
    store.close();
  }
}

const seqs = ({ taken }: Collector) => taken.map(({ attributes }) => attributes['vtcode.seq'] as number);

/** Whatever stands below a folder, as one text. */
const allOf = (dir: string): string =>
  readdirSync(dir, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => readFileSync(join(entry.parentPath, entry.name), 'latin1'))
    .join('\n');

describe('a turn without a page', () => {
  test('ends with all of it at the collector, from the start of the server to its last event', async () => {
    const at = ground();
    const collector = await startCollector();
    named(at, collector.url);
    const script = scripted(at, [{ text: `I say ${TOKEN}.` }]);
    const { code, stderr } = await vtcode(program, { words: ['exec', '--script', script, 'go'], at, env: ENV });
    expect([code, seqs(collector)]).toEqual([0, recorded(at)]);
    expect(collector.taken.map(({ event }) => event)).toEqual(
      expect.arrayContaining(['vtcode.server.started', 'vtcode.message.user', 'vtcode.turn.completed']) as string[],
    );
    expect(collector.taken[0]!.resource).toEqual({
      'service.name': 'vtcode',
      'service.version': expect.any(String) as string,
      'host.name': expect.any(String) as string,
      'vtcode.workspace': at.work,
    });
    expect(
      collector.headers.every((headers) => headers.authorization === `Bearer ${TOKEN}` && !('x-other' in headers)),
    ).toBe(true);
    // What the model itself said stays in the record, and is masked on its way out.
    expect(JSON.stringify(collector.taken)).not.toContain(TOKEN);
    expect(stderr).not.toContain(TOKEN);
    expect(readFileSync(join(at.state, workspaceId(at.work), 'otlp.json'), 'utf8')).not.toContain(TOKEN);
  });

  test('is done all the same where nobody is there, says so once, and the next one brings it', async () => {
    const at = ground();
    const gone = await startCollector();
    await gone.close();
    named(at, gone.url);
    const words = ['exec', '--script', scripted(at, [{ text: 'Done.' }, { text: 'Again.' }]), 'go'];
    const first = await vtcode(program, { words, at, env: ENV });
    expect([first.code, first.stdout]).toEqual([0, 'Done.\n']);
    expect(first.stderr.split('\n').filter((line) => line.includes('collector.failing'))).toHaveLength(1);
    const doctor = await vtcode(program, { words: ['doctor'], at, env: ENV });
    expect(doctor.stdout).toMatch(
      /note {2}collector {5}127\.0\.0\.1:\d+: it cannot be reached \(ECONNREFUSED\), since .*; \d+ events wait/,
    );
    const collector = await startCollector(undefined, gone.port);
    expect((await vtcode(program, { words, at, env: ENV })).code).toBe(0);
    expect(seqs(collector)).toEqual(recorded(at));
    const after = await vtcode(program, { words: ['doctor'], at, env: ENV });
    expect(after.stdout).toMatch(/ok {4}collector {5}127\.0\.0\.1:\d+: has all up to .*; 0 events wait/);
  });

  test('sends nothing without the header that was named, and says so', async () => {
    const at = ground();
    const collector = await startCollector();
    named(at, collector.url);
    const words = ['exec', '--script', scripted(at, [{ text: 'Done.' }]), 'go'];
    const { code, stderr } = await vtcode(program, { words, at });
    expect([code, collector.headers]).toEqual([0, []]);
    expect(stderr).toContain('the variable COLLECTOR_AUTH (headers_env) is not set. No record is sent.');
  });

  test('leaves the token in no file of ours', async () => {
    const at = ground();
    const collector = await startCollector();
    named(at, collector.url);
    await vtcode(program, { words: ['exec', '--script', scripted(at, [{ text: 'Done.' }]), 'go'], at, env: ENV });
    expect(collector.headers.length).toBeGreaterThan(0);
    expect(allOf(at.home)).not.toContain(TOKEN);
  });
});

describe('a server', () => {
  const SERVE = ['serve', '--no-open', '--demo', '--port', '0', '--json'];

  test('that is killed in between leaves nothing out: the next one sends what was not taken', async () => {
    const at = ground();
    const collector = await startCollector((_, nth) => (nth < 3 ? { status: 200 } : 'hang'));
    named(at, collector.url);
    for (const _ of [1, 2, 3]) {
      const { child, line, ended } = start(program, { words: SERVE, at, env: ENV });
      await line;
      const before = collector.headers.length;
      await collector.until(() => collector.headers.length > before);
      child.kill('SIGKILL');
      await ended;
    }
    await collector.close();
    const next = await startCollector(undefined, collector.port);
    const { child, line, ended } = start(program, { words: SERVE, at, env: ENV });
    await line;
    child.kill('SIGTERM');
    expect((await ended).code).toBe(0);
    const all = [...seqs(collector), ...seqs(next)];
    expect([...new Set(all)].sort((a, b) => a - b)).toEqual(recorded(at));
    // What came twice is known by its id.
    expect(
      new Set([...collector.taken, ...next.taken].map(({ attributes }) => attributes['log.record.uid'])).size,
    ).toBe(recorded(at).length);
  });
});
