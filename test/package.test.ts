/** The package: exact pins, no install script that nobody looked at, and nothing to install that could be bundled. */
import { readFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { edgesOf } from './tidy/imports.ts';
import { readSources } from './tidy/sources.ts';

interface Manifest {
  name: string;
  version: string;
  engines: { node: string };
  bin: Record<string, string>;
  files: string[];
  scripts: Record<string, string>;
  dependencies: Record<string, string>;
  devDependencies: Record<string, string>;
  allowScripts: Record<string, boolean>;
}

interface Locked {
  version?: string;
  integrity?: string;
  hasInstallScript?: boolean;
  optionalDependencies?: Record<string, string>;
  engines?: { node?: string };
}

const read = async (name: string) => readFile(new URL(`../${name}`, import.meta.url), 'utf8');
const manifest = JSON.parse(await read('package.json')) as Manifest;
const lock = (JSON.parse(await read('package-lock.json')) as { packages: Record<string, Locked> }).packages;
const installed = Object.entries(lock).filter(([folder]) => folder !== '');

describe('the package', () => {
  it('pins every dependency exactly, to what the lock file holds', () => {
    const pins = Object.entries({ ...manifest.dependencies, ...manifest.devDependencies });
    expect(pins.filter(([, version]) => !/^\d+\.\d+\.\d+(-[\w.]+)?$/.test(version))).toEqual([]);
    expect(pins.filter(([name, version]) => lock[`node_modules/${name}`]?.version !== version)).toEqual([]);
  });

  it('locks every package by its hash', () => {
    expect(installed.filter(([, { integrity }]) => !integrity?.startsWith('sha512-'))).toEqual([]);
  });

  it('locks what other platforms need too, for npm ci refuses a lock file that leaves it out', () => {
    const locked = new Set(installed.map(([folder]) => folder.replace(/.*node_modules\//, '')));
    const wanted = installed.flatMap(([, { optionalDependencies }]) => Object.keys(optionalDependencies ?? {}));
    expect(wanted.filter((name) => !locked.has(name))).toEqual([]);
  });

  it('installs only what cannot be bundled', () => {
    expect(Object.keys(manifest.dependencies).sort()).toEqual(['@vscode/ripgrep', 'better-sqlite3', 'node-pty']);
  });

  it('names no dependency that nothing uses', async () => {
    const edges = edgesOf(await readSources()).map(({ to }) => to);
    const commands = Object.values(manifest.scripts).flatMap((script) => script.split(/[\s&]+/));
    const { plugins } = JSON.parse(await read('.prettierrc.json')) as { plugins: string[] };
    // Called as tsc.
    const tools = [...commands, ...plugins, 'typescript'];
    const isUsed = (name: string) =>
      name.startsWith('@types/') ||
      tools.includes(name) ||
      edges.some((to) => to === name || to.startsWith(`${name}/`));
    const named = Object.keys({ ...manifest.dependencies, ...manifest.devDependencies });
    expect(named.filter((name) => !isUsed(name))).toEqual([]);
  });

  it('names each package whose install script may run, and no other', async () => {
    const scripted = installed.filter(([, { hasInstallScript }]) => hasInstallScript);
    const names = new Set(scripted.map(([folder]) => folder.replace(/.*node_modules\//, '')));
    expect([...names].filter((name) => manifest.allowScripts[name] === undefined)).toEqual([]);
    expect(Object.keys(manifest.allowScripts).filter((name) => !names.has(name))).toEqual([]);
    const npmrc = (await read('.npmrc')).split('\n');
    expect(npmrc).toContain('strict-allow-scripts=true');
    expect(npmrc).toContain('engine-strict=true');
  });

  it('ships the program, its migrations and its papers, and no sources', () => {
    expect(manifest.bin).toEqual({ vtcode: 'dist/server/main.js' });
    expect(manifest.files).toEqual(
      expect.arrayContaining(['dist/server', 'dist/web', 'drizzle', 'THIRD_PARTY_NOTICES.md', 'sbom.cdx.json']),
    );
    expect(manifest.files.filter((file) => /^(server|web|shared|test|scripts)/.test(file))).toEqual([]);
  });

  it('runs on the Node that it says it runs on', () => {
    expect(manifest.engines.node).toBe('>=20.19');
  });
});
