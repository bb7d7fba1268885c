/** What ships is named: the notices and the SBOM are those of the bundles that were just built. */
import { readFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import * as z from 'zod';
import { readProduct, ROOT } from '../../scripts/notices/components.ts';
import { renderNotices } from '../../scripts/notices.ts';

const read = (name: string) => readFile(`${ROOT}${name}`, 'utf8');

const License = z.union([
  z.strictObject({ license: z.strictObject({ id: z.string().regex(/^[A-Za-z0-9.+-]+$/) }) }),
  z.strictObject({ expression: z.string().regex(/ (OR|AND|WITH) /) }),
]);

const Hash = z.union([
  z.strictObject({ alg: z.literal('SHA-512'), content: z.string().regex(/^[0-9a-f]{128}$/) }),
  z.strictObject({ alg: z.literal('SHA-256'), content: z.string().regex(/^[0-9a-f]{64}$/) }),
]);

const Item = z.strictObject({
  type: z.enum(['application', 'library', 'data', 'file']),
  'bom-ref': z.string().min(1).optional(),
  group: z.string().regex(/^@/).optional(),
  name: z.string().min(1),
  version: z.string().min(1).optional(),
  scope: z.enum(['required', 'optional']).optional(),
  hashes: z.array(Hash).min(1).optional(),
  licenses: z.array(License).min(1).optional(),
  purl: z
    .string()
    .regex(/^pkg:npm\/(%40[\w.-]+\/)?[\w.-]+@\d/)
    .optional(),
  properties: z.array(z.strictObject({ name: z.string(), value: z.string() })).optional(),
  components: z.array(z.looseObject({ type: z.literal('file'), name: z.string(), hashes: z.array(Hash) })).optional(),
});

/** The parts of https://cyclonedx.org/docs/1.6/json/ that we use, with what it requires of them. */
const Bom = z.strictObject({
  $schema: z.literal('http://cyclonedx.org/schema/bom-1.6.schema.json'),
  bomFormat: z.literal('CycloneDX'),
  specVersion: z.literal('1.6'),
  serialNumber: z.string().regex(/^urn:uuid:[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/),
  version: z.int().min(1),
  metadata: z.strictObject({ component: Item }),
  components: z.array(Item).min(20),
  dependencies: z.array(z.strictObject({ ref: z.string(), dependsOn: z.array(z.string()) })),
});

describe('third-party notices', async () => {
  const wanted = await renderNotices();
  const bom = Bom.parse(JSON.parse(wanted['sbom.cdx.json']!));

  it.each(Object.entries(wanted))('%s is up to date (else: npm run notices)', async (name, text) => {
    expect(await read(name)).toBe(text);
  });

  it('are the same when they are made again', async () => {
    expect(await renderNotices()).toEqual(wanted);
  });

  it('name each package of the bundles and of an installation, with its licence text', async () => {
    const { components } = await readProduct();
    const bundled = components.filter(({ delivery }) => delivery === 'bundled').map(({ name }) => name);
    expect(bundled).toEqual(expect.arrayContaining(['hono', 'svelte', 'zod', 'drizzle-orm', '@anthropic-ai/sdk']));
    expect(bundled).not.toContain('vitest');
    const text = wanted['THIRD_PARTY_NOTICES.md']!;
    const missing = components.filter(
      ({ delivery, name, version }) => delivery !== 'optional' && !text.includes(`### ${name} ${version} (`),
    );
    expect(missing).toEqual([]);
    expect(text).toContain('SIL OPEN FONT LICENSE');
  });

  it('list each component once, and depend only on what they list', () => {
    const refs = bom.components.map((component) => component['bom-ref']);
    expect(new Set(refs).size).toBe(refs.length);
    const known = new Set([...refs, bom.metadata.component['bom-ref']]);
    const named = bom.dependencies.flatMap(({ ref, dependsOn }) => [ref, ...dependsOn]);
    expect(named.filter((ref) => !known.has(ref))).toEqual([]);
  });
});
