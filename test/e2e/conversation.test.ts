/** The conversation: it follows what is written, stays where the reader is, reads on upwards, and keeps unsent words. */
import type { Page } from 'playwright-core';
import { expect, scenario } from './frame.ts';
import type { Answer } from './model.ts';

const SOON = { timeout: 15_000 };
const files = { 'notes.txt': 'one\ntwo\n' };
const log = (page: Page) => page.getByRole('log', { name: 'Conversation' });
const message = (page: Page) => page.getByRole('textbox', { name: 'Message' });
const fromEnd = (page: Page) => log(page).evaluate((n) => n.scrollHeight - n.clientHeight - n.scrollTop);

async function send(page: Page, text: string): Promise<void> {
  await message(page).fill(text);
  await message(page).press('Enter');
}

scenario(
  'follows what is written while the reader is at its end, and else stays and offers the way',
  async ({ start }) => {
    const paragraphs = Array.from({ length: 60 }, (_, i) => `Paragraph ${i} is here.`);
    const long: Answer = { text: paragraphs.join('\n\n'), options: { latency: 4 } };
    const app = await start({ files, model: { wire: 'anthropic', answers: [long, long] } });
    const page = await app.openTrusted();
    await send(page, 'Write at length');
    await log(page).getByText('Paragraph 30 is here.').waitFor();
    expect(await fromEnd(page)).toBeLessThan(80);
    await log(page).getByText('Paragraph 59 is here.').waitFor();
    await expect.poll(() => fromEnd(page), SOON).toBeLessThan(2);

    await send(page, 'Once more');
    await log(page).getByText('Paragraph 5 is here.').nth(1).waitFor();
    await log(page).hover();
    await page.mouse.wheel(0, -100_000);
    await expect.poll(() => log(page).evaluate((n) => n.scrollTop), SOON).toBe(0);
    await log(page).getByText('Paragraph 59 is here.').nth(1).waitFor({ state: 'attached' });
    expect(await log(page).evaluate((n) => n.scrollTop)).toBe(0);
    await page.getByRole('button', { name: 'Jump to latest' }).click();
    await expect.poll(() => fromEnd(page), SOON).toBeLessThan(2);
    expect(await page.getByRole('button', { name: 'Jump to latest' }).count()).toBe(0);
  },
);

scenario('leaves finished blocks of a growing text alone', async ({ start }) => {
  const paragraphs = Array.from({ length: 40 }, (_, i) => `Paragraph ${i} is here.`);
  const long: Answer = { text: paragraphs.join('\n\n'), options: { latency: 4 } };
  const app = await start({ files, model: { wire: 'anthropic', answers: [long] } });
  const page = await app.openTrusted();
  await send(page, 'Write at length');
  const first = log(page).getByText('Paragraph 0 is here.');
  await log(page).getByText('Paragraph 2 is here.').waitFor();
  await first.evaluate((node) => ((node as unknown as { marked: boolean }).marked = true));
  await log(page).getByText('Paragraph 20 is here.').waitFor();
  expect(await first.evaluate((node) => (node as unknown as { marked?: boolean }).marked)).toBe(true);
});

scenario('reads on upwards in a long session, and keeps what is read where it is', async ({ start }) => {
  const read = { name: 'read_file', args: { path: 'notes.txt' } };
  const reads: Answer = { calls: Array.from({ length: 48 }, () => read) };
  const answers = [reads, reads, reads, { text: 'Half is read.' }, reads, reads, reads, { text: 'All is read.' }];
  const app = await start({ files, model: { wire: 'anthropic', answers } });
  const page = await app.openTrusted();
  await send(page, 'Read it often');
  await log(page).getByText('Half is read.').waitFor();
  await send(page, 'Again');
  await log(page).getByText('All is read.').waitFor();
  await page.reload();
  await log(page).getByText('All is read.').waitFor();
  const rows = () => log(page).locator('summary').count();
  expect(await rows(), 'the first window is not all of it').toBeLessThan(288);
  for (let before = await rows(); before < 288; before = await rows()) {
    const held = await log(page).evaluate((node) => {
      node.scrollTop = 600;
      const edge = node.getBoundingClientRect().top;
      const tools = [...node.querySelectorAll<HTMLElement>('.tool[data-key]')];
      const first = tools.find((tool) => tool.getBoundingClientRect().bottom > edge)!;
      return { key: first.dataset['key']!, top: first.getBoundingClientRect().top };
    });
    await expect.poll(rows, SOON).toBeGreaterThan(before);
    const topOf = () =>
      log(page).evaluate(
        (node, key) => node.querySelector(`[data-key="${key}"]`)!.getBoundingClientRect().top,
        held.key,
      );
    await expect.poll(async () => Math.abs((await topOf()) - held.top), SOON).toBeLessThan(30);
  }
  expect(await rows()).toBe(288);
  expect(await page.getByRole('button', { name: 'Older messages' }).count()).toBe(0);
  const target = log(page).locator('summary').first();
  await target.click();
  await log(page).getByText('Reads inside the workspace are free.').waitFor();
});

scenario(
  'queues what is said meanwhile, stops on Esc, recalls on the arrow, and keeps unsent words',
  async ({ start }) => {
    const slow: Answer = { text: 'word '.repeat(400), options: { latency: 20 } };
    const app = await start({ files, model: { wire: 'anthropic', answers: [slow, { text: 'Taken up.' }] } });
    const page = await app.openTrusted();
    await send(page, 'Take your time');
    await log(page).getByText('word word').first().waitFor();
    await message(page).fill('And this');
    await page.getByText('Queued until the agent’s next step.').waitFor();
    await message(page).press('Enter');
    await log(page).getByText('Queued', { exact: true }).waitFor();
    await message(page).press('Escape');
    await log(page).getByText('Stopped by you', { exact: true }).waitFor();
    await message(page).press('ArrowUp');
    expect(await message(page).inputValue()).toBe('And this');
    await message(page).press('ArrowUp');
    expect(await message(page).inputValue()).toBe('Take your time');
    await message(page).fill('unsent words');
    await page.reload();
    await expect.poll(() => message(page).inputValue(), SOON).toBe('unsent words');
  },
);

scenario('names a file behind an @, and sends it along', async ({ start }) => {
  const app = await start({
    files,
    model: { wire: 'anthropic', answers: [{ text: 'First.' }, { text: 'I have it.' }] },
  });
  const page = await app.openTrusted();
  await send(page, 'Begin');
  await log(page).getByText('First.').waitFor();
  await message(page).pressSequentially('look at @note');
  await page.getByRole('option', { name: 'notes.txt' }).waitFor();
  await message(page).press('Enter');
  expect(await message(page).inputValue()).toBe('look at @notes.txt ');
  const sent = page.waitForRequest((request) => request.url().endsWith('/messages'));
  await message(page).press('Enter');
  expect((await sent).postDataJSON()).toMatchObject({ attachments: [{ path: 'notes.txt' }] });
  await log(page).getByText('I have it.').waitFor();
});
