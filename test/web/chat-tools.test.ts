/** Tool cards and turns: one line says what was done, a long output shows both its ends, and what did not change is left alone. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { EditAction } from '../../shared/action.ts';
import { newApprovalId, newMessageId, newCallId } from '../../shared/ids.ts';
import type { ApprovalView, AssistantItem, ToolItem, UserItem } from '../../shared/timeline.ts';
import { bytesWord, shortened } from '../../web/chat/output.ts';
import { stateOf, targetOf, tookMs, verbOf } from '../../web/chat/tool-line.ts';
import { claimFor } from '../../web/chat/claims.ts';
import { turnsOf } from '../../web/chat/turns.ts';

const AT = '2026-11-20T14:02:31.006540Z';

function tool(over: Partial<ToolItem> = {}): ToolItem {
  return {
    kind: 'tool',
    key: newCallId(),
    at: AT,
    startedAt: AT,
    endedAt: '',
    name: 'read_file',
    args: { kind: 'json', value: { path: 'src/a.ts' } },
    state: 'done',
    actionId: null,
    action: null,
    digest: '',
    verdict: null,
    approval: null,
    outcome: null,
    command: null,
    result: null,
    ...over,
  };
}

function approval(over: Partial<ApprovalView>): ApprovalView {
  const id = newApprovalId();
  const view = {
    id,
    digest: '',
    answers: [],
    requestedAt: AT,
    expiresAt: AT,
    renewed: false,
    answer: null,
    by: '',
    text: '',
  };
  return { ...view, state: 'open', resolvedAt: '', ...over };
}

const file = { state: 'file' as const, sha256: 'a'.repeat(64), size: 1, mode: 0o644 };
const oneEdit: EditAction = {
  kind: 'edit',
  tool: 'edit_file',
  changes: [
    {
      op: 'modify',
      path: 'src/a.ts',
      from: 'src/a.ts',
      before: file,
      after: file,
      diff: {
        kind: 'text',
        hunks: [{ id: 'h1', oldStart: 1, oldLines: 1, newStart: 1, newLines: 2, lines: ['-a', '+b', '+c'] }],
        added: 2,
        removed: 1,
      },
    },
  ],
};

describe('the line of a tool', () => {
  it('is drawn from the action where there is one', () => {
    expect(targetOf(tool({ name: 'edit_file', action: oneEdit }))).toMatchObject({
      path: 'src/a.ts',
      counts: { added: 2, removed: 1 },
    });
    const read = { kind: 'read', tool: 'read_file', path: 'src/b.ts', startLine: 3, endLine: 9 } as const;
    expect(targetOf(tool({ action: read }))).toMatchObject({ path: 'src/b.ts', note: '3–9' });
  });

  it('is drawn from the arguments until then, whatever they are', () => {
    expect(targetOf(tool()).path).toBe('src/a.ts');
    expect(targetOf(tool({ args: { kind: 'json', value: { path: 7, query: ['x'] } } }))).toMatchObject({ path: '' });
    const malformed = { kind: 'malformed' as const, raw: '{', problem: 'not JSON' };
    expect(targetOf(tool({ args: malformed }))).toMatchObject({ note: 'arguments that are not JSON' });
  });

  it('names an unknown tool as the model named it', () => {
    expect(verbOf('constructor').verb).toBe('Call');
    expect(targetOf(tool({ name: 'launch_rocket' })).code).toBe('launch_rocket');
  });

  it.each<[Partial<ToolItem>, string]>([
    [{ state: 'done' }, 'Done'],
    [{ state: 'done', action: oneEdit }, 'Allowed'],
    [
      { state: 'done', action: oneEdit, approval: approval({ state: 'answered', answer: 'allow-once' }) },
      'Allowed once',
    ],
    [
      { state: 'done', action: oneEdit, approval: approval({ state: 'answered', answer: 'allow-hunks' }) },
      '1 hunk allowed',
    ],
    [{ state: 'denied', approval: approval({ state: 'answered', answer: 'deny' }) }, 'Denied by you'],
    [{ state: 'denied', approval: approval({ state: 'expired' }) }, 'Not answered'],
    [{ state: 'denied' }, 'Denied'],
    [{ state: 'failed' }, 'Failed'],
  ])('says how it stands: %#', (over, word) => {
    expect(stateOf(tool(over)).word).toBe(word);
  });

  it('counts its time from the answer on, not while a person thought', () => {
    const ended = tool({ startedAt: '2026-11-20T14:05:00.000000Z', endedAt: '2026-11-20T14:05:00.002000Z' });
    expect(tookMs(ended)).toBe(2);
    expect(tookMs(tool())).toBeNull();
  });
});

describe('a long output', () => {
  it('shows its head and its tail', () => {
    const lines = Array.from({ length: 100 }, (_, i) => `line ${i}`);
    const cut = shortened(lines.join('\n'));
    expect(cut.head.split('\n')[0]).toBe('line 0');
    expect(cut.tail.trim().split('\n').at(-1)).toBe('line 99');
    expect(cut.lines).toBe(88);
  });

  it('is whole where little would be held back', () => {
    expect(shortened('a\n'.repeat(16)).middle).toBe('');
  });

  it('is cut without loss, and never inside a pair', () => {
    const unit = fc.constantFrom('a', '\n', '\u{1f600}', 'x'.repeat(900), 'line\n'.repeat(12));
    fc.assert(
      fc.property(fc.array(unit, { maxLength: 30 }), (units) => {
        const text = units.join('');
        const { head, middle, tail } = shortened(text);
        expect(head + middle + tail).toBe(text);
        for (const part of [head, middle, tail]) expect(() => encodeURIComponent(part)).not.toThrow();
      }),
    );
  });

  it('bounds a single endless line', () => {
    const { head, tail } = shortened('x'.repeat(60_000));
    expect(head.length + tail.length).toBeLessThan(4_000);
  });

  it('has its size in words', () => {
    expect([bytesWord(1), bytesWord(871), bytesWord(1_234), bytesWord(3_400_000)]).toEqual([
      '1 byte',
      '871 bytes',
      '1.2 kB',
      '3.4 MB',
    ]);
  });
});

const user = (text: string): UserItem => ({ kind: 'user', key: newMessageId(), at: AT, text, queued: false });
const said = (text: string, at = AT): AssistantItem => ({
  kind: 'assistant',
  key: newMessageId(),
  at,
  model: 'm',
  parts: [{ type: 'text', text }],
});

describe('turns', () => {
  it('begin with a request, and list tools that stand beside each other together', () => {
    const turns = turnsOf([said('before'), user('a'), said('b'), tool(), tool(), said('c'), tool(), user('d')]);
    expect(turns.map((turn) => [turn.request?.text ?? null, turn.blocks.map((block) => block.kind)])).toEqual([
      [null, ['assistant']],
      ['a', ['assistant', 'tools', 'assistant', 'tools']],
      ['d', []],
    ]);
  });

  it('leave out what waits for an answer: that is a card', () => {
    const open = tool({ state: 'waiting', approval: approval({}) });
    expect(turnsOf([user('a'), tool(), open])[0]!.blocks).toMatchObject([{ items: [{}] }]);
  });

  it('are the same objects while nothing of them changed', () => {
    const items = [user('a'), said('b'), tool(), user('c'), tool({ state: 'running' })];
    const before = turnsOf(items);
    const after = turnsOf([...items.slice(0, 4), { ...(items[4] as ToolItem), state: 'done' }], before);
    expect(after[0]).toBe(before[0]);
    expect(after[1]).not.toBe(before[1]);
    const longer = turnsOf([...items, said('d')], before);
    expect(longer[1]!.blocks[0]).toBe(before[1]!.blocks[0]);
  });

  it('leave out a plan that was taken: it stands above the composer', () => {
    const turns = turnsOf([user('a'), tool({ name: 'update_plan' }), tool({ name: 'update_plan', state: 'failed' })]);
    expect(turns[0]!.blocks).toMatchObject([{ kind: 'tools', items: [{ state: 'failed' }] }]);
  });
});

describe('a claim', () => {
  const call = tool({ at: '2026-11-20T14:03:00.000000Z', state: 'waiting', approval: approval({}) });
  const sibling = tool({ at: call.at });

  it('is the last paragraph before the call, past other calls of the same answer', () => {
    const words = said('I looked at all of them.\n\nI only touch generated files.\n');
    expect(claimFor([said('old'), words, sibling, call], call)).toEqual({
      text: 'I only touch generated files.',
      said: { item: words, part: 0 },
      whole: false,
    });
  });

  it('is not what was said for another call, nor by the person', () => {
    expect(claimFor([said('other'), tool(), call], call).text).toBe('');
    expect(claimFor([user('hello'), call], call).text).toBe('');
  });

  it('of a few words stands only in the card while that is open', () => {
    const items = [user('a'), said('I only touch generated files.'), call];
    const open = turnsOf(items);
    expect(open[0]!.blocks).toEqual([]);
    expect(turnsOf(items, open)[0]).toBe(open[0]);
    const answered = turnsOf([items[0]!, items[1]!, { ...call, state: 'done' as const }]);
    expect(answered[0]!.blocks.map((block) => block.kind)).toEqual(['assistant', 'tools']);
  });

  it('of many words stays in the conversation', () => {
    const long = [user('a'), said(`${'Many words. '.repeat(60)}`), call];
    expect(turnsOf(long)[0]!.blocks.map((block) => block.kind)).toEqual(['assistant']);
    const several = [user('a'), said('One.\n\nTwo.'), call];
    expect(turnsOf(several)[0]!.blocks.map((block) => block.kind)).toEqual(['assistant']);
  });
});
