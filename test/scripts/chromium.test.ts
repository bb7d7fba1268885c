/** Which Chromium the browser tests drive: the one that was named, else one on PATH, and never something that does not run. */
import { chmodSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { findChromium } from '../../scripts/chromium.mjs';
import { tempDir } from '../fixtures/temp.ts';

/** Sets variables for one test. */
function withEnv(variables: Record<string, string>): void {
  const before = { ...process.env };
  Object.assign(process.env, variables);
  onTestFinished(() => {
    process.env = before;
  });
}

function program(name: string, mode = 0o755): string {
  const path = join(tempDir(), name);
  writeFileSync(path, '#!/bin/sh\n');
  chmodSync(path, mode);
  return path;
}

describe('findChromium', () => {
  it('takes the one that was named', () => {
    const named = program('my-browser');
    withEnv({ VTCODE_CHROMIUM: named });
    expect(findChromium()).toBe(named);
  });

  it('refuses a name that does not run, rather than to take another one in silence', () => {
    withEnv({ VTCODE_CHROMIUM: join(tempDir(), 'gone') });
    expect(() => findChromium()).toThrow(/VTCODE_CHROMIUM is .*gone, which is not an executable file/);
    withEnv({ VTCODE_CHROMIUM: program('data', 0o644) });
    expect(() => findChromium()).toThrow(/not an executable file/);
  });

  it('finds it on PATH, in the order of PATH', () => {
    const first = program('chromium');
    const second = program('chromium');
    withEnv({ VTCODE_CHROMIUM: '', PATH: `${join(first, '..')}:${join(second, '..')}` });
    expect(findChromium()).toBe(first);
  });
});
