/** The network of a command on the page: which host it wants, what a person said to that, and what became of it. */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, scenario } from './frame.ts';
import type { Answer } from './model.ts';

const SOON = { timeout: 15_000 };
/** Asks the proxy of its surroundings for a host, and prints what it is answered. */
const asks = (host: string) =>
  `exec 3<>/dev/tcp/127.0.0.1/61080; printf 'CONNECT ${host} HTTP/1.1\\r\\nHost: ${host}\\r\\n\\r\\n' >&3; head -1 <&3 > said; cat said`;
const done: Answer = { text: 'That is all.' };

scenario(
  'a host that nobody named is asked for on a card of its own, and its end stands with the command',
  async ({ start }) => {
    const call = { name: 'run_command', args: { command: asks('unknown.example.org:443') } };
    const app = await start({
      files: { 'README.md': '# Net\n' },
      model: { wire: 'anthropic', answers: [{ calls: [call] }, done] },
    });
    const settings = join(app.place.home, '.config/vtcode/config.toml');
    await writeFile(settings, '[sandbox]\nnetwork = "proxy"\nhosts = ["registry.example.org"]\n', { mode: 0o600 });
    const page = await app.openTrusted();
    await page.getByRole('textbox', { name: 'Message' }).fill('Go');
    await page.getByRole('button', { name: 'Send' }).click();
    const card = page.getByRole('region', { name: 'Approval' }).first();
    const answer = async (name: string) => {
      const button = card.getByRole('button', { name, exact: true });
      await expect.poll(() => button.isEnabled(), SOON).toBe(true);
      await button.click();
    };
    await card.getByText('registry.example.org').waitFor();
    await answer('Allow once');
    await card.getByRole('heading', { name: 'Reach unknown.example.org:443' }).waitFor();
    await card.getByText('Asked for by this command, which waits').waitFor();
    await card.getByText('network.new-host').waitFor();
    expect(await card.getByRole('button', { name: 'More answers' }).count()).toBe(0);
    await answer('Make a rule');
    await card.getByText('This host by this port, for whichever command asks.').waitFor();
    await card.getByText('Of 1 host recorded here it would have let').waitFor();
    await answer('No rule');
    await answer('Deny');
    const log = page.getByRole('log', { name: 'Conversation' });
    await log.getByText(done.text!).waitFor();
    const line = log.locator('summary').filter({ hasText: 'exec 3' });
    await line.getByText('1 host refused').waitFor();
    await line.click();
    await log.getByRole('list', { name: 'Hosts' }).getByText('unknown.example.org:443').waitFor();
    await page.reload();
    await line.click();
    await log.getByRole('button', { name: /^Show all it printed/ }).click();
    await log.getByLabel('Output').first().getByText('HTTP/1.1 403 Forbidden').waitFor();

    await page.getByRole('tab', { name: 'Terminal' }).click();
    await page.getByRole('button', { name: 'New', exact: true }).click();
    await page.getByRole('menuitemradio', { name: /named hosts/ }).click();
    const screen = page.locator('.xterm-rows');
    await expect.poll(() => screen.innerText(), SOON).toMatch(/[$#]\s*$/);
    await page.keyboard.type(`${asks('other.example.org:443')}; rm said\n`);
    await card.getByRole('heading', { name: 'Reach other.example.org:443' }).waitFor();
    await card.getByText('Asked for by a program in this terminal, which waits').waitFor();
    await card.getByText('shell 1').waitFor();
    await answer('Deny');
    await expect.poll(() => screen.innerText(), SOON).toContain('HTTP/1.1 403 Forbidden');
    expect(await card.count()).toBe(0);
  },
);
