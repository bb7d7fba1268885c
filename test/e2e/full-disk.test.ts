/** A disk that is full or read-only under a running server: the page says so, nothing is half done, and the session goes on. */
import { randomUUID } from 'node:crypto';
import type { Page } from 'playwright-core';
import { expect, scenario, type App } from './frame.ts';
import type { Answer, Call } from './model.ts';

/** Other tests' servers may be busy beside this one. */
const SOON = { timeout: 15_000 };
const write = (content: string): Answer => ({
  calls: [{ name: 'write_file', args: { path: 'a.txt', content } } as Call],
});
const log = (page: Page) => page.getByRole('log', { name: 'Conversation' });

async function say(page: Page, words: string): Promise<void> {
  await page.getByRole('textbox', { name: 'Message' }).fill(words);
  await page.getByRole('button', { name: 'Send' }).click();
}

async function allow(page: Page): Promise<void> {
  const button = page.getByRole('region', { name: 'Approval' }).first().getByRole('button', { name: 'Allow once' });
  await expect.poll(() => button.isEnabled(), SOON).toBe(true);
  await button.click();
}

/** A client with a login of its own tab: the server's control socket is not in our view of its files. */
async function ofTab(app: App, page: Page) {
  const token = await page.evaluate(() => localStorage.getItem('vtcode.token')!);
  return async (method: string, path: string, body?: object) => {
    const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' };
    const sent = body === undefined ? {} : { body: JSON.stringify({ commandId: randomUUID(), ...body }) };
    const answer = await fetch(`${app.server().origin}${path}`, { method, headers, ...sent });
    return { status: answer.status, body: (await answer.json()) as Record<string, unknown> };
  };
}

scenario(
  'an approved edit that the workspace has no room for fails on its card, whole, and the next ones go on',
  async ({ start }) => {
    const answers = [
      write('x'.repeat(40_000)),
      write('it fits\n'),
      { text: 'Now read-only.' },
      write('never\n'),
      { text: 'That is all.' },
    ];
    const app = await start({
      model: { wire: 'anthropic', answers },
      mounts: 'mount -t tmpfs -o size=32k none "$WORKSPACE"; echo before > "$WORKSPACE/a.txt"',
    });
    const page = await app.openTrusted();
    const file = async () =>
      (await ofTab(app, page))('GET', '/api/file?path=a.txt').then(({ body }) => JSON.stringify(body));
    const line = (nth: number) => log(page).locator('summary').filter({ hasText: 'a.txt' }).nth(nth);
    await say(page, 'Write it');
    await allow(page);
    await line(0).getByText('Failed').waitFor();
    await line(0).click();
    const full = 'The disk or the quota is full (ENOSPC); a.txt was not written. Free some space. Nothing was written.';
    await log(page).getByText(full).first().waitFor();
    expect(await file()).toContain('before\\n');
    expect(await app.server().inside('test -z "$(ls -A "$WORKSPACE/.vtcode/tmp")"')).toBe(0);
    await allow(page);
    await log(page).getByText('Now read-only.').waitFor();
    expect(JSON.stringify(app.model!.requests().at(1)!.body)).toContain(full);
    expect(await file()).toContain('it fits\\n');

    expect(await app.server().inside('mount -o remount,ro none "$WORKSPACE"')).toBe(0);
    await say(page, 'Write it again');
    await allow(page);
    await log(page).getByText('That is all.').waitFor();
    await line(2).click();
    await log(page)
      .getByText('a.txt is on a file system that is mounted read-only. Nothing was written.')
      .first()
      .waitFor();
    expect(await file()).toContain('it fits\\n');
  },
);

scenario(
  'a full disk under the records is said, what was acknowledged stays, and it goes on once there is room',
  async ({ start }) => {
    const app = await start({
      files: { 'a.txt': 'before\n' },
      model: { wire: 'anthropic', answers: [{ text: 'The first answer.' }, { text: 'The second answer.' }] },
      mounts: 'mkdir -p "$HOME/.state"; mount -t tmpfs -o size=24m none "$HOME/.state"',
    });
    const page = await app.openTrusted();
    await say(page, 'The first message');
    await log(page).getByText('The first answer.').waitFor();
    const send = await ofTab(app, page);
    const id = new URL(page.url()).searchParams.get('session')!;
    expect(await app.server().inside('dd if=/dev/zero of="$HOME/.state/fill" bs=4k')).not.toBe(0);
    const words = 'w'.repeat(100_000);
    const refused = await send('POST', `/api/sessions/${id}/messages`, { text: words });
    expect([refused.status, refused.body]).toMatchObject([507, { error: { code: 'disk_full' } }]);
    await say(page, words);
    const told =
      /Not sent\. The disk is full: .*vtcode\.db could not be written\. Make room; nothing that was acknowledged is lost\./;
    await page.getByText(told).first().waitFor();
    expect(await page.getByRole('textbox', { name: 'Message' }).inputValue()).toBe(words);
    app.profile.expectComplaint(/507/);

    expect(await app.server().inside('rm "$HOME/.state/fill"')).toBe(0);
    await page.getByRole('textbox', { name: 'Message' }).fill('The second message');
    await page.getByRole('button', { name: 'Send' }).click();
    await log(page).getByText('The second answer.').waitFor();
    const { body } = await send('GET', `/api/sessions/${id}`);
    const events = body['events'] as { type: string; chainSeq: number; data: { text?: string } }[];
    expect(events.map(({ chainSeq }) => chainSeq)).toEqual(events.map((_, place) => place + 1));
    const said = events.flatMap(({ type, data }) => (type === 'message.user' ? [data.text] : []));
    expect(said).toEqual(['The first message', 'The second message']);
  },
);
