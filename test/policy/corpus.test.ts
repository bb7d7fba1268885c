/** Commands that people and attackers write: none that does more than read is let pass, and none that only reads is asked for. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { judgeIn, workspace } from '../fixtures/judged.ts';
import { casesOf } from './cases.ts';
import { FREE, NOT_FREE } from './command-cases.ts';

const CASES = casesOf('commands.jsonl');
/** By their kinds, many to a test. */
const MORE = casesOf('more-commands.jsonl');
const KINDS = [...new Set(MORE.map((one) => one.class))];

describe('commands', () => {
  const dir = mkdtempSync(join(tmpdir(), 'vtcode-ws-'));
  let check = judgeIn(dir);
  beforeAll(() => {
    check = judgeIn(workspace({}, dir));
  });
  afterAll(() => rmSync(dir, { recursive: true, force: true }));

  it.each(CASES)('$expect ($class): $script', async ({ script, expect: wanted }) => {
    const { decision } = await check(script);
    expect(decision === 'allow').toBe(wanted === 'allow');
  });

  it.each(KINDS)('judges every one of the kind: %s', async (kind) => {
    const wrong: string[] = [];
    for (const { script, expect: wanted } of MORE.filter((one) => one.class === kind)) {
      const { decision } = await check(script);
      if ((decision === 'allow') !== (wanted === 'allow')) wrong.push(`${decision}: ${script}`);
    }
    expect(wrong).toEqual([]);
  });

  it.each(FREE)('lets run: %s', async (script) => {
    expect(await check(script)).toMatchObject({ decision: 'allow', inspectable: true });
  });

  it.each(NOT_FREE)('does not let run: %s', async (script) => {
    expect((await check(script)).decision).not.toBe('allow');
  });
});
