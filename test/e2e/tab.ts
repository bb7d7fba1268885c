/** Tabs of the shared browser. Whatever the page complains of, an error on the console or a breach of its policy, is kept. */
import { chromium, type Browser, type BrowserContext, type Page } from 'playwright-core';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { inject } from 'vitest';

const SCREENS = 'test-results';

export interface Profile {
  context: BrowserContext;
  /** What went wrong in its tabs, in the order it was seen. */
  complaints: string[];
  /** Takes out the complaints that a test expects, e.g. of a request that had to fail. Throws if there is none. */
  expectComplaint(pattern: RegExp): void;
  /** A picture of every tab, into test-results/. */
  shoot(name: string): Promise<void>;
}

let shared: Promise<Browser> | undefined;
const browser = () => (shared ??= chromium.connect(inject('browser')));

/** A fresh browser profile: its tabs share storage and workers with each other and with nobody else. */
export async function openProfile(options: Parameters<Browser['newContext']>[0] = {}): Promise<Profile> {
  const context = await (await browser()).newContext({ viewport: { width: 1280, height: 800 }, ...options });
  const complaints: string[] = [];
  context.on('console', (message) => {
    if (message.type() !== 'error' && message.type() !== 'warning') return;
    complaints.push(`${message.type()}: ${message.text()} (${message.location().url})`);
  });
  context.on('weberror', (error) => complaints.push(`uncaught: ${error.error().stack ?? error.error().message}`));
  await context.addInitScript(() => {
    document.addEventListener('securitypolicyviolation', (event) => {
      globalThis.console.error(`policy: ${event.violatedDirective} blocked ${event.blockedURI} ${event.sample}`);
    });
  });
  return {
    context,
    complaints,
    expectComplaint: (pattern) => takeOut(complaints, pattern),
    shoot: (name) => shoot(context.pages(), name),
  };
}

function takeOut(complaints: string[], pattern: RegExp): void {
  const rest = complaints.filter((complaint) => !pattern.test(complaint));
  if (rest.length === complaints.length)
    throw new Error(`No complaint like ${pattern} among: ${complaints.join('\n')}`);
  complaints.splice(0, complaints.length, ...rest);
}

async function shoot(pages: Page[], name: string): Promise<void> {
  await mkdir(SCREENS, { recursive: true });
  const plain = name.toLowerCase().replaceAll(/[^a-z0-9]+/g, '-');
  for (const [i, page] of pages.entries()) await page.screenshot({ path: join(SCREENS, `${plain}-${i + 1}.png`) });
}
