/** Many tabs of one browser: each live, none hanging, one stream for all of them. */
import type { Page } from 'playwright-core';
import { expect, scenario } from './frame.ts';

const TABS = 10;

scenario('keeps ten tabs live at once over one stream', async ({ start }) => {
  const answers = [{ text: 'The first answer.' }, { text: 'The second answer.' }];
  const app = await start({ files: { 'README.md': '# Ten\n' }, model: { wire: 'anthropic', answers } });
  const first = await app.openTrusted();
  await say(first, 'one');
  await heard(first, 'The first answer.');
  const tabs = [first];
  while (tabs.length < TABS) tabs.push(await app.open(`/${new URL(first.url()).search}`));
  await Promise.all(tabs.map((tab) => heard(tab, 'The first answer.')));
  await say(tabs.at(-1)!, 'two');
  await Promise.all(tabs.map((tab) => heard(tab, 'The second answer.')));
  await Promise.all(
    tabs.map((tab) => tab.getByRole('status', { name: 'Connection' }).getByText('Connected').waitFor()),
  );
  await Promise.all(tabs.map((tab) => expect.poll(() => tab.evaluate(() => document.title)).not.toBe('')));

  for (const tab of tabs.slice(0, -1)) await tab.close();
  await tabs.at(-1)!.getByRole('status', { name: 'Connection' }).getByText('Connected').waitFor();
});

scenario('shows the stream coming back after the server restarts under open tabs', async ({ start }) => {
  const app = await start({
    files: { 'README.md': '# Back\n' },
    model: { wire: 'anthropic', answers: [{ text: 'Before.' }] },
  });
  const page = await app.openTrusted();
  await say(page, 'one');
  await heard(page, 'Before.');
  // A new server gives new tokens: the old tab says so and how to come in again, and goes no further.
  await app.restart('SIGTERM');
  await page.getByText('vtcode link').waitFor();
  app.profile.complaints.length = 0; // the browser reports the connections that the stop cut, as it must
});

async function say(page: Page, text: string): Promise<void> {
  await page.getByRole('textbox', { name: 'Message' }).fill(text);
  await page.getByRole('button', { name: 'Send' }).click();
}

const heard = (page: Page, text: string) => page.getByRole('log', { name: 'Conversation' }).getByText(text).waitFor();
