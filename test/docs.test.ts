/** The docs say what is in force: their tables are those that `npm run docs` would write now. */
import { access, readdir, readFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { renderDocs } from '../scripts/docs.ts';
import { COMMANDS } from '../server/cli/spec.ts';
import { MARKER } from '../server/trust/marker.ts';
import { API } from '../shared/api.ts';
import { ToolPolicyFile } from '../shared/config.ts';
import { EVENT_WORDS } from '../scripts/docs/event-words.ts';
import { EVENT_DATA, SessionEvent } from '../shared/event.ts';
import { LIMITS } from '../shared/limits.ts';
import { SHARE_PORT_API } from '../shared/share-port-api.ts';
import { seal } from './fixtures/sealed.ts';

const ROOT = new URL('../', import.meta.url);
const TOP = ['README.md', 'ARCHITECTURE.md', 'CONTRIBUTING.md', 'SECURITY.md', 'CHANGELOG.md'];

const page = (name: string) => readFile(new URL(`docs/${name}`, ROOT), 'utf8');

describe('docs', async () => {
  it.each([...(await renderDocs())])(
    'has tables in docs/%s that are up to date (else: npm run docs)',
    (_page, { now, wanted }) => {
      expect(now).toBe(wanted);
    },
  );

  it.each([
    ['events.md', Object.keys(EVENT_DATA)],
    ['api.md', Object.values(API).map(({ method, path }) => `${method} ${path}`)],
    ['limits.md', Object.keys(LIMITS)],
    ['sharing.md', Object.values(SHARE_PORT_API).map(({ method, path }) => `${method} ${path}`)],
    ['cli.md', COMMANDS.map(({ name, args }) => ['vtcode', name, ...args].join(' '))],
  ])('lists in docs/%s everything there is', async (name, entries) => {
    const text = await page(name);
    expect(entries.filter((entry) => !text.includes(`\`${entry}\``))).toEqual([]);
  });

  it('has in docs/schema/event.schema.json every event there is and no other, each with its fields', async () => {
    const schema = JSON.parse(await page('schema/event.schema.json')) as {
      anyOf: { properties: { type: { const: string }; data: { properties?: object; $ref?: string } } }[];
      $defs: Record<string, { properties?: object }>;
    };
    const told = schema.anyOf.map(({ properties: { type, data } }) => {
      const shape = data.$ref === undefined ? data : schema.$defs[data.$ref.replace('#/$defs/', '')]!;
      return [type.const, Object.keys(shape.properties ?? {})];
    });
    expect(told).toEqual(Object.entries(EVENT_DATA).map(([type, { shape }]) => [type, Object.keys(shape)]));
  });

  it('knows no event that is not told: one of another type is none', () => {
    const [event] = seal([{ type: 'session.created', data: { title: 'A' } }]);
    expect(SessionEvent.safeParse(event).success).toBe(true);
    expect(SessionEvent.safeParse({ ...event, type: 'session.forgotten' }).success).toBe(false);
    expect(Object.keys(EVENT_WORDS)).toEqual(expect.arrayContaining(Object.keys(EVENT_DATA)));
    expect(Object.keys(EVENT_WORDS)).toHaveLength(Object.keys(EVENT_DATA).length);
  });

  it('names in ARCHITECTURE.md every room and every loose file of the server', async () => {
    const text = await readFile(new URL('ARCHITECTURE.md', ROOT), 'utf8');
    const entries = await readdir(new URL('server/', ROOT), { withFileTypes: true });
    const names = entries.map((entry) => (entry.isDirectory() ? `${entry.name}/` : entry.name));
    expect(names.filter((name) => !text.includes(` ${name} `))).toEqual([]);
  });

  it('names in docs/removing.md every place that is written to', async () => {
    const text = await page('removing.md');
    const places = [
      MARKER,
      '.vtcode/tmp/',
      '.git/info/exclude',
      'XDG_STATE_HOME',
      'XDG_CONFIG_HOME',
      'XDG_RUNTIME_DIR',
    ];
    expect([...places, 'temporary directory'].filter((place) => !text.includes(place))).toEqual([]);
  });

  it('names in docs/controls.md tests that are there', async () => {
    const named = [...(await page('controls.md')).matchAll(/`(test\/[^`]+)`/g)].map(([, path]) => path!);
    expect(named.length).toBeGreaterThan(10);
    for (const path of new Set(named)) await expect(access(new URL(path, ROOT)), path).resolves.toBeUndefined();
  });

  it('says of tool-policy.json which keys there are', async () => {
    const keys = Object.keys(ToolPolicyFile.shape).filter((key) => key !== '$schema');
    const text = await page('policy.md');
    expect(keys.filter((key) => !text.includes(`\`${key}\``))).toEqual([]);
  });

  it('links only to pages that are there', async () => {
    const docs = (await readdir(new URL('docs/', ROOT))).filter((name) => name.endsWith('.md'));
    const broken = await Promise.all([...TOP, ...docs.map((name) => `docs/${name}`)].map(brokenLinks));
    expect(broken.flat()).toEqual([]);
  });
});

async function brokenLinks(from: string): Promise<string[]> {
  const here = new URL(from, ROOT);
  const text = await readFile(here, 'utf8');
  const links = [...text.matchAll(/(?:\]\(|\bsrc(?:set)?=")([^)#:"]+)(?:#[^)"]*)?[)"]/g)].map((match) => match[1]!);
  const found = await Promise.all(links.map((link) => readable(new URL(link, here))));
  return links.filter((_link, i) => !found[i]).map((link) => `${from} → ${link}`);
}

const readable = (file: URL) =>
  access(file).then(
    () => true,
    () => false,
  );
