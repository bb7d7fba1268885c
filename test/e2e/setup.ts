/** Before the first browser test: builds the program, finds Chromium and starts the one that all tests share. */
import { chromium } from 'playwright-core';
import type { TestProject } from 'vitest/node';
import { build } from '../../scripts/build.mjs';
import { ensureChromium } from '../../scripts/chromium.mjs';

declare module 'vitest' {
  interface ProvidedContext {
    /** Where the shared browser listens, on 127.0.0.1. */
    browser: string;
  }
}

export async function setup(project: TestProject): Promise<() => Promise<void>> {
  if (process.env['VTCODE_TEST_BUILT'] !== '1') await build();
  const browser = await chromium.launchServer({
    executablePath: ensureChromium(),
    host: '127.0.0.1',
    // Chromium does not run its own sandbox as root, nor in most containers, and /dev/shm is small there.
    args: ['--no-sandbox', '--disable-dev-shm-usage'],
  });
  project.provide('browser', browser.wsEndpoint());
  return () => browser.close();
}
