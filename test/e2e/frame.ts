/** What every browser test starts from: `scenario`, a test that can start the whole program and open it in tabs. */
import type { Page } from 'playwright-core';
import { expect, test } from 'vitest';
import { startModel, type Answer, type Model, type Wire } from './model.ts';
import { makePlace, type Place } from './place.ts';
import { serve, vtcode, type Finished, type Server } from './program.ts';
import { openProfile, type Profile } from './tab.ts';

export { expect };

export interface Start {
  /** The workspace's files. */
  files?: Record<string, string | Uint8Array>;
  /** The answers of a model behind HTTP; without them the scripted demo speaks. */
  model?: { wire: Wire; answers: Answer[]; before?: Answer[] };
  /** More flags for `vtcode serve`; without a model, `--demo` unless `--script` is among them. */
  args?: string[];
  env?: Record<string, string>;
  /** A script of sh that mounts what the server shall find over its WORKSPACE and its HOME, seen by it alone. */
  mounts?: string;
  /** What the browser goes through to the server, as `socks5://127.0.0.1:PORT`; loopback too. */
  through?: string;
}

export interface App {
  place: Place;
  /** The running server; another one after `restart`. */
  server(): Server;
  model: Model | null;
  profile: Profile;
  /** Opens a tab: the first by the one-time link, the next ones by the plain address. */
  open(path?: string): Promise<Page>;
  /** Opens a tab and trusts the workspace. */
  openTrusted(): Promise<Page>;
  /** Another browser, logged in by a link of its own. */
  anotherBrowser(): Promise<{ profile: Profile; page: Page }>;
  /** A browser of somebody who has no login. */
  stranger(): Promise<Profile>;
  /** Requests as a program would send them, with a login of its own. */
  client(): Promise<Client>;
  /** Runs the command line in the workspace. */
  vtcode(...args: string[]): Promise<Finished>;
  /** Ends the server with a signal and starts another on the same workspace. */
  restart(signal: NodeJS.Signals): Promise<void>;
}

export interface Client {
  token: string;
  /** Sends JSON and answers the status and the parsed body. */
  send(method: string, path: string, body?: unknown): Promise<{ status: number; body: unknown }>;
}

/** A test in the browser. What it started is stopped after it; it fails where a page complained, and leaves pictures. */
export const scenario = test.extend<{ start: (what: Start) => Promise<App> }>({
  start: async ({ task }, use) => {
    const endings: (() => Promise<void>)[] = [];
    const profiles: Profile[] = [];
    await use((what) => startApp(what, { endings, profiles }));
    const failed = task.result?.state === 'fail';
    const complaints = profiles.flatMap((profile) => profile.complaints);
    try {
      if (failed || complaints.length > 0)
        for (const [i, profile] of profiles.entries()) await profile.shoot(`${task.name}-${i + 1}`);
    } finally {
      for (const end of endings.reverse()) await end();
    }
    if (complaints.length > 0) throw new Error(`The page complained:\n${complaints.join('\n')}`);
  },
});

interface Kept {
  endings: (() => Promise<void>)[];
  profiles: Profile[];
}

async function startApp(what: Start, kept: Kept): Promise<App> {
  const place = await makePlace(what.files ?? {});
  kept.endings.push(() => place.remove());
  const model = what.model ? await startModel(what.model.wire, what.model.answers, what.model.before) : null;
  if (model) kept.endings.push(() => model.stop());

  const args = [...(what.args ?? [])];
  if (!model && !args.includes('--script')) args.push('--demo');
  const env = { ...model?.env, ...what.env };
  const mounts = what.mounts === undefined ? {} : { mounts: `${namesOf(place)}${what.mounts}` };
  let server = await serve(place, { args, env, port: 0, ...mounts });
  kept.endings.push(async () => void (await server.stop()));

  const proxy = what.through === undefined ? {} : { proxy: { server: what.through, bypass: '<-loopback>' } };
  const profile = await newProfile(kept, proxy);
  let linked = false;
  const open = async (path = '/') => {
    const page = await profile.context.newPage();
    await page.goto(linked ? `${server.origin}${path}` : server.ready.url);
    linked = true;
    return page;
  };
  const link = async () => {
    const answer = await vtcode(place, ['link'], { env });
    if (answer.code !== 0) throw new Error(`vtcode link ended with ${answer.code}: ${answer.stderr}`);
    return answer.stdout.trim();
  };
  return {
    place,
    server: () => server,
    model,
    profile,
    open,
    async openTrusted() {
      const page = await open();
      await page.getByRole('button', { name: 'Trust workspace' }).click();
      await page.getByRole('textbox', { name: 'Message' }).waitFor();
      return page;
    },
    async anotherBrowser() {
      const other = await newProfile(kept);
      const page = await other.context.newPage();
      await page.goto(await link());
      return { profile: other, page };
    },
    stranger: () => newProfile(kept),
    client: async () => login(server.origin, new URL(await link()).hash.replace('#code=', '')),
    vtcode: (...commandArgs) => vtcode(place, commandArgs, { env }),
    async restart(signal) {
      const { port } = server.ready;
      await server.stop(signal);
      server = await serve(place, { args, env, port, ...mounts });
      linked = false;
    },
  };
}

const namesOf = ({ workspace, home }: Place) => `WORKSPACE='${workspace}' HOME='${home}'; export WORKSPACE HOME\n`;

async function newProfile(kept: Kept, options: Parameters<typeof openProfile>[0] = {}): Promise<Profile> {
  const profile = await openProfile(options);
  kept.profiles.push(profile);
  kept.endings.push(() => profile.context.close());
  return profile;
}

async function login(origin: string, code: string): Promise<Client> {
  const json = { 'content-type': 'application/json' };
  const answer = await fetch(`${origin}/api/login`, { method: 'POST', headers: json, body: JSON.stringify({ code }) });
  const { token } = (await answer.json()) as { token: string };
  return {
    token,
    async send(method, path, body) {
      const sent = await fetch(`${origin}${path}`, {
        method,
        headers: { ...json, authorization: `Bearer ${token}` },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      });
      const text = await sent.text();
      return { status: sent.status, body: text === '' ? null : JSON.parse(text) };
    },
  };
}
