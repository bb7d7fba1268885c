/** Takes the pictures of docs/screens/ from the built program, on a small project of its own. `npm run screens` */
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { chromium, type Browser, type Page } from 'playwright-core';
import { makePlace } from '../test/e2e/place.ts';
import { serve, type Server } from '../test/e2e/program.ts';
import { ensureChromium } from './chromium.mjs';

const SCREENS = fileURLToPath(new URL('../docs/screens/', import.meta.url));
const VIEW = { width: 1440, height: 900 };

const TEMPERATURE = `/** Turns degrees of one scale into another. */

export function toFahrenheit(celsius) {
  return celsius * 1.8 + 32;
}

export function toCelsius(fahrenheit) {
  return fahrenheit - 32 / 1.8;
}
`;

const TEST = `import { expect, test } from 'vitest';
import { toCelsius, toFahrenheit } from '../src/temperature.js';

test('there and back', () => {
  expect(toCelsius(toFahrenheit(21))).toBeCloseTo(21);
});
`;

const FILES = {
  '.git/HEAD': 'ref: refs/heads/fix-conversion\n',
  'README.md': '# Thermometer\n\nConverts temperatures.\n',
  'package.json': '{\n  "name": "thermometer",\n  "type": "module",\n  "scripts": { "test": "vitest run" }\n}\n',
  'src/temperature.js': TEMPERATURE,
  'test/temperature.test.js': TEST,
};

const TURNS = [
  {
    text: 'I will look at the conversion and at its test.',
    calls: [
      { name: 'read_file', args: { path: 'src/temperature.js' } },
      { name: 'read_file', args: { path: 'test/temperature.test.js' } },
    ],
  },
  {
    text: 'The test is right: `toCelsius` divides 32 by 1.8 before it subtracts. The subtraction has to come first, so it needs parentheses.',
    calls: [
      {
        name: 'edit_file',
        args: {
          path: 'src/temperature.js',
          old: 'return fahrenheit - 32 / 1.8;',
          new: 'return (fahrenheit - 32) / 1.8;',
        },
      },
    ],
  },
  { text: 'Done.' },
];

const place = await makePlace(FILES, 'home/thermometer');
const script = join(place.home, 'script.json');
await writeFile(script, JSON.stringify({ version: 1, name: 'example', turns: TURNS }));
await mkdir(SCREENS, { recursive: true });
const server = await serve(place, { args: ['--script', script], env: {}, port: 0 });
const browser = await chromium.launch({
  executablePath: ensureChromium(),
  args: ['--no-sandbox', '--disable-dev-shm-usage'],
});
try {
  await shootAll(browser, server);
} finally {
  await browser.close();
  await server.stop();
  await place.remove();
}

async function shootAll(chrome: Browser, { ready }: Server): Promise<void> {
  const context = await chrome.newContext({ viewport: VIEW, colorScheme: 'light', reducedMotion: 'reduce' });
  const page = await context.newPage();
  await page.goto(ready.url);
  await page.getByRole('button', { name: 'Trust workspace' }).waitFor();
  await shoot(page, 'trust');
  await page.getByRole('button', { name: 'Trust workspace' }).click();
  await page.getByRole('textbox', { name: 'Message' }).fill('The test of the temperatures fails. Please find out why.');
  await page.getByRole('button', { name: 'Send' }).click();
  await page.getByRole('region', { name: 'Diff of src/temperature.js' }).first().waitFor();
  await shoot(page, 'review');
  await page.emulateMedia({ colorScheme: 'dark' });
  await shoot(page, 'review-dark');
}

async function shoot(page: Page, name: string): Promise<void> {
  await page.screenshot({ path: join(SCREENS, `${name}.png`), animations: 'disabled' });
}
