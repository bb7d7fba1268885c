/** Finds the Chromium that the browser tests drive; where there is none, installs Debian's package if that is possible. */
import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';
import { INSTALL, installPackages } from './debian.mjs';

const NAMES = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable', 'chrome'];
const PLACES = [
  '/usr/bin/chromium',
  '/snap/bin/chromium',
  '/Applications/Chromium.app/Contents/MacOS/Chromium',
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
];

const ADVICE = [
  'The browser tests need Chromium. Install it and run the tests again:',
  '',
  `    sudo ${INSTALL.join(' ')} chromium        # Debian`,
  '    brew install --cask chromium        # macOS',
  '',
  'or name one that is already there: VTCODE_CHROMIUM=/path/to/chromium npm test',
].join('\n');

/**
 * The path of an executable Chromium, or null. `VTCODE_CHROMIUM` wins; if it names nothing that runs, that is an error.
 * @returns {string | null}
 */
export function findChromium() {
  const named = process.env['VTCODE_CHROMIUM'];
  if (named) {
    if (runs(named)) return named;
    throw new Error(`VTCODE_CHROMIUM is ${named}, which is not an executable file. Unset it, or name one that is.`);
  }
  const folders = (process.env['PATH'] ?? '').split(delimiter).filter((folder) => folder !== '');
  const found = NAMES.flatMap((name) => folders.map((folder) => join(folder, name)));
  return [...found, ...PLACES].find(runs) ?? null;
}

/**
 * The same, but never null: it installs Debian's package where it may, and throws with the command to type where it may not.
 * @returns {string}
 */
export function ensureChromium() {
  const found = findChromium() ?? (installPackages('Chromium is missing', ['chromium']) ? findChromium() : null);
  if (found === null) throw new Error(ADVICE);
  return found;
}

/** @param {string} path */
function runs(path) {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false; // not there, or not ours to run: the same to who looks for one that runs
  }
}
