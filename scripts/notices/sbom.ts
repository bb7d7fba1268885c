/** sbom.cdx.json: the same components as a CycloneDX 1.6 document. The same input makes the same bytes: no clock, no chance. */
import { createHash } from 'node:crypto';
import type { Component, Product } from './components.ts';

const EXPRESSION = /\s(OR|AND|WITH)\s/;

export function sbom(product: Product): string {
  const refs = new Map(product.components.map((component) => [component.folder, purl(component)]));
  const root = `pkg:npm/vtcode@${product.version}`;
  const components = unique([...product.components.map(library), font(product)]);
  const dependencies = mergeByRef([
    { ref: root, dependsOn: [...product.needs.map((folder) => refs.get(folder)!), fontRef(product)] },
    ...product.components.map(({ folder, needs }) => ({
      ref: refs.get(folder)!,
      dependsOn: needs.map((need) => refs.get(need)!),
    })),
    { ref: fontRef(product), dependsOn: [] },
  ]);
  const body = {
    version: 1,
    metadata: {
      component: {
        type: 'application',
        'bom-ref': root,
        name: 'vtcode',
        version: product.version,
        licenses: [{ license: { id: 'MIT' } }],
        purl: root,
      },
    },
    components,
    dependencies,
  };
  const head = { bomFormat: 'CycloneDX', specVersion: '1.6', serialNumber: serial(body) };
  return `${JSON.stringify({ $schema: 'http://cyclonedx.org/schema/bom-1.6.schema.json', ...head, ...body }, null, 2)}\n`;
}

/** https://github.com/package-url/purl-spec: the scope is a namespace, its @ is escaped. */
const purl = ({ name, version }: Component) => `pkg:npm/${name.replace('@', '%40')}@${version}`;

function library(component: Component) {
  const ref = purl(component);
  const { name, version, licence, delivery, sha512 } = component;
  const [scope, rest] = name.startsWith('@') ? name.split('/') : [undefined, name];
  return {
    type: 'library',
    'bom-ref': ref,
    ...(scope ? { group: scope } : {}),
    name: rest ?? name,
    version,
    scope: delivery === 'optional' ? 'optional' : 'required',
    hashes: [{ alg: 'SHA-512', content: sha512 }],
    licenses: EXPRESSION.test(licence)
      ? [{ expression: licence.replace(/^\((.*)\)$/, '$1') }]
      : [{ license: { id: licence } }],
    purl: ref,
    properties: [{ name: 'vtcode:delivery', value: delivery }],
  };
}

const fontRef = ({ font: { version } }: Product) => `font:jetbrains-mono@${version}`;

function font(product: Product) {
  return {
    type: 'data',
    'bom-ref': fontRef(product),
    name: 'JetBrains Mono',
    version: product.font.version,
    scope: 'required',
    licenses: [{ license: { id: 'OFL-1.1' } }],
    properties: [{ name: 'vtcode:delivery', value: 'bundled' }],
    components: product.font.files.map(({ path, sha256 }) => ({
      type: 'file',
      name: path,
      hashes: [{ alg: 'SHA-256', content: sha256 }],
    })),
  };
}

/** A package that lies in two folders with the same version is one component. */
function unique<T extends { 'bom-ref': string }>(components: T[]): T[] {
  return [...new Map(components.map((component) => [component['bom-ref'], component])).values()].sort((a, b) =>
    a['bom-ref'] < b['bom-ref'] ? -1 : 1,
  );
}

function mergeByRef(entries: { ref: string; dependsOn: string[] }[]): { ref: string; dependsOn: string[] }[] {
  const merged = new Map<string, Set<string>>();
  for (const { ref, dependsOn } of entries) merged.set(ref, new Set([...(merged.get(ref) ?? []), ...dependsOn]));
  return [...merged]
    .map(([ref, needs]) => ({ ref, dependsOn: [...needs].sort() }))
    .sort((a, b) => (a.ref < b.ref ? -1 : 1));
}

/** A UUID (RFC 9562, version 8) out of the content itself. */
function serial(body: unknown): string {
  const hex = createHash('sha256').update(JSON.stringify(body)).digest('hex');
  const variant = ((parseInt(hex[16]!, 16) & 0x3) | 0x8).toString(16);
  const parts = [
    hex.slice(0, 8),
    hex.slice(8, 12),
    `8${hex.slice(13, 16)}`,
    `${variant}${hex.slice(17, 20)}`,
    hex.slice(20, 32),
  ];
  return `urn:uuid:${parts.join('-')}`;
}
