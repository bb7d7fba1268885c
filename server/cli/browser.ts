/** Opens the page in the person's browser, without the link's code ever standing on a command line. */
import { randomBytes } from 'node:crypto';
import { accessSync, constants } from 'node:fs';
import { readdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { LIMITS } from '../../shared/limits.ts';
import type { Spawn } from '../base/spawn.ts';

export interface OpenOptions {
  link: string;
  stateDir: string;
  spawn: Spawn;
  /** What the opener gets. */
  env: Readonly<Record<string, string>>;
  screen: Screen;
}

/** Whether there is a screen, and whose. */
export interface Screen {
  /** As the process was started with. */
  variables: Readonly<Record<string, string>>;
  platform: NodeJS.Platform;
  uid: number;
}

const OPENERS = ['/usr/bin/xdg-open', '/usr/local/bin/xdg-open', '/usr/bin/wslview', '/usr/bin/open'];

/** Why no browser is to be opened here; empty where one is. */
export function whyNoBrowser({ variables, platform, uid }: Screen): string {
  if (variables['CI']) return 'this is a CI job';
  if (variables['SSH_CONNECTION'] || variables['SSH_TTY']) return 'the browser is on the other side of SSH';
  if (uid === 0) return 'browsers do not run as root';
  const hasScreen = platform === 'darwin' || variables['DISPLAY'] || variables['WAYLAND_DISPLAY'];
  return hasScreen ? '' : 'there is no screen';
}

/**
 * Other users see the arguments of every process. So the opener is given a file, readable by its user alone, whose page goes on
 * to the link; it is gone when the code is dead. Answers how it went, in words; empty where a browser was told to open.
 */
export async function openBrowser(options: OpenOptions): Promise<string> {
  const why = whyNoBrowser(options.screen);
  if (why !== '') return why;
  const opener = OPENERS.find(isProgram);
  if (opener === undefined) return `there is none of ${OPENERS.join(', ')}`;
  await removePages(options.stateDir);
  const page = join(options.stateDir, `open-${randomBytes(12).toString('hex')}.html`);
  await writeFile(page, pageTo(options.link), { mode: 0o600, flag: 'wx' });
  const remove = () => void rm(page, { force: true }).catch(() => undefined); // the code in it is dead by then
  setTimeout(remove, LIMITS.loginCodeMs.value).unref();
  const result = await options.spawn.run('open-browser', [opener, pathToFileURL(page).href], {
    signal: AbortSignal.timeout(LIMITS.openBrowserMs.value),
    timeoutMs: LIMITS.openBrowserMs.value,
    maxOutputBytes: 4_096,
    cwd: '/',
    env: options.env,
    stdin: 'none',
  });
  if (result.startError !== '') return `${opener} could not be started (${result.startError})`;
  return result.code === null || result.code === 0 ? '' : `${opener} ended with exit code ${result.code}`;
}

/** What an earlier server left behind. */
export async function removePages(stateDir: string): Promise<void> {
  const names = await readdir(stateDir).catch(() => []);
  await Promise.all(names.filter((name) => PAGE.test(name)).map((name) => rm(join(stateDir, name), { force: true })));
}

const PAGE = /^open-[0-9a-f]{24}\.html$/;

function isProgram(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

/** The link is ours: an address, a port and a code of plain characters; escaped all the same. */
export function pageTo(link: string): string {
  const href = link.replaceAll('&', '&amp;').replaceAll('"', '&quot;').replaceAll('<', '&lt;');
  return [
    '<!doctype html>',
    '<html lang="en">',
    '<meta charset="utf-8">',
    '<meta name="referrer" content="no-referrer">',
    `<meta http-equiv="refresh" content="0; url=${href}">`,
    '<title>vtcode</title>',
    `<p><a href="${href}">Open vtcode</a></p>`,
    '',
  ].join('\n');
}
