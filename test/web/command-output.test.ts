/** What a command prints on the page: as a terminal would show it, bounded, kept when a session is read anew. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { LIMITS_OF_TESTS } from '../fixtures/confined.ts';
import { createScript } from '../fixtures/events.ts';
import type { CommandAction, Outcome } from '../../shared/action.ts';
import type { LiveOutput } from '../../shared/event.ts';
import { newActionId, newCallId, newMessageId } from '../../shared/ids.ts';
import { emptyTimeline, extendLive, extendTail, fold, type ToolItem } from '../../shared/timeline.ts';
import type { CommandEnd } from '../../shared/timeline-command.ts';
import { stateOf, tookMs } from '../../web/chat/tool-line.ts';
import { bounded, linesOf, plainOf } from '../../web/command/ansi.ts';
import { exitWord } from '../../web/command/line.ts';
import { keepOutput } from '../../web/lib/live-output.ts';
import { readMessage } from '../../web/lib/stream-source.ts';

const plain = (text: string) => linesOf(text).map(plainOf);

describe('a terminal', () => {
  it.each<[string, string, string[]]>([
    ['line ends of both kinds', 'a\r\nb\nc', ['a', 'b', 'c']],
    ['a carriage return as writing over the line', 'progress 9 %\rprogress 10 %\rok', ['okogress 10 %']],
    ['an erased line', 'long words\r\x1b[Kok', ['ok']],
    ['all of a line erased', 'abc\x1b[2Kd', ['   d']],
    ['the beginning of a line erased', 'abcdef\x1b[3G\x1b[1K', ['   def']],
    ['backspaces', 'ab\b\bc', ['cb']],
    ['a cursor that moves in its line', 'abc\x1b[2Dx\x1b[1Cy', ['axcy']],
    [
      'titles, links and other strings as nothing',
      '\x1b]0;t\x07a\x1b]8;;http://x\x1b\\b\x1bPq\x1b\\c\x1b(Bd',
      ['abcd'],
    ],
    ['a sequence that is not whole yet as nothing', 'a\x1b[3', ['a']],
    ['a bell as nothing', 'a\x07b', ['ab']],
    ['characters outside the first plane as one', '\u{1f600}x\ra', ['ax']],
  ])('shows %s', (_what, text, expected) => {
    expect(plain(text)).toEqual(expected);
  });

  it('has the sixteen colours and four styles, as classes', () => {
    expect(linesOf('\x1b[1;31mx\x1b[0m \x1b[92my\x1b[39m\x1b[38;5;3mz\x1b[m')[0]).toEqual([
      ...[{ text: 'x', ink: 'c1 bold' }, { text: ' ', ink: '' }, { text: 'y', ink: 'c10' }, { text: 'z', ink: 'c3' }], // prettier-ignore
    ]);
    expect(linesOf('\x1b[2;4;7mx\x1b[22;24;27my')[0]).toEqual([
      ...[{ text: 'x', ink: 'dim under inverse' }, { text: 'y', ink: '' }], // prettier-ignore
    ]);
  });

  it('leaves out other colours, and never hides text: not concealed, not in the colour of the ground', () => {
    expect(linesOf('\x1b[38;2;255;255;255;48;5;15;8mx')[0]).toEqual([{ text: 'x', ink: '' }]);
    expect(linesOf('\x1b[38;5;200;1mx')[0]).toEqual([{ text: 'x', ink: 'bold' }]);
    expect(linesOf('\x1b[>4;2mx')[0]).toEqual([{ text: 'x', ink: '' }]);
  });

  it('takes whatever comes, and never makes text of its own', () => {
    const part = fc.constantFrom(...['a', 'é', '\u{1f600}', '\r', '\n', '\b', '\x1b[', '\x1b]', '31m', 'K', '2K', '5C', '9G', '\x07', '\x1b\\']); // prettier-ignore
    const property = fc.property(fc.array(part, { maxLength: 80 }), (parts) => {
      const text = parts.join('');
      const printed = plain(text).join('');
      for (const char of printed) expect(char === ' ' || text.includes(char)).toBe(true);
    });
    fc.assert(property);
  });

  it('is quick where a long line is written over again and again', () => {
    const text = 'x'.repeat(30_000) + '\ry'.repeat(17_000);
    expect(plain(text)[0]!.startsWith('yx')).toBe(true);
  });
});

describe('a long output', () => {
  it('has both its ends, and how much is left out', () => {
    const lines = linesOf(Array.from({ length: 100 }, (_, i) => `é${i}\n`).join(''));
    const { head, tail, lines: left, bytes } = bounded(lines, { head: 2, tail: 3 });
    expect([head.map(plainOf), tail.map(plainOf)]).toEqual([['é0', 'é1'], ['é97', 'é98', 'é99']]); // prettier-ignore
    expect([left, bytes]).toEqual([95, 8 * 4 + 87 * 5]);
    expect(bounded(lines, { head: 50, tail: 50 })).toMatchObject({ lines: 0, bytes: 0, tail: [] });
    expect(bounded(linesOf(''), { head: 2, tail: 3 })).toEqual({ head: [], tail: [], lines: 0, bytes: 0 });
  });
});

const SHA = 'a'.repeat(64);
const layers = { namespaces: true, landlock: 7, seccomp: true, pidLimit: true };

/** A command that was asked for, allowed and has begun. */
function begun(over: Partial<CommandAction> = {}) {
  const script = createScript();
  const [messageId, callId, actionId] = [newMessageId(), newCallId(), newActionId()];
  const action: CommandAction = {
    ...{ kind: 'command', tool: 'run_command', script: 'make', argv: ['/bin/bash', '-c', 'make'], cwd: '.', env: {} },
    ...{ git: 'readonly', network: { mode: 'none', hosts: [] }, limits: LIMITS_OF_TESTS, background: false },
    ...over,
  };
  const { argv, cwd, background } = action;
  const args = { kind: 'json' as const, value: { command: 'make' } };
  const call = { type: 'tool_call' as const, callId, name: 'run_command', args };
  const reason = { rule: 'r', layer: 'default' as const, source: 's', decision: 'allow' as const, why: '', about: { kind: 'none' as const } }; // prettier-ignore
  const verdict = { decision: 'allow' as const, reasons: [reason], inspectable: true, commands: [] };
  const facts = { policy: SHA, tier: 'full' as const, layers, network: 'none' as const, git: 'readonly' as const };
  script.tell({ type: 'message.assistant', data: { messageId, provider: 'p', model: 'm', parts: [call], stop: 'tools' } }); // prettier-ignore
  script.tell({ type: 'action.proposed', data: { actionId, callId, action, digest: SHA, verdict } });
  script.tell({ type: 'command.started', data: { actionId, argv, cwd, envNames: [], ...facts, background } });
  const print = (offset: number, text: string) => ({ type: 'command.output' as const, session: script.session, callId, actionId, offset, text }); // prettier-ignore
  const finish = (finished: Partial<CommandEnd>) => {
    const facts = { code: 0, signal: '', timedOut: false, durationMs: 1_234, bytes: 2, truncated: false };
    const whole = { ...facts, uncovered: '', output: '', lost: false, findings: [] };
    script.tell({ type: 'command.finished', data: { actionId, ...whole, ...finished } });
  };
  const end = (outcome: Outcome, finished: Partial<CommandEnd> | null) => {
    if (finished) finish(finished);
    script.tell({ type: 'action.finished', data: { actionId, digest: SHA, outcome } });
  };
  const tail = (output: LiveOutput) => ({ type: 'command.tail' as const, session: script.session, callId, actionId, output }); // prettier-ignore
  return { script, callId, print, tail, finish, end };
}
const only = (items: readonly unknown[]) => items[0] as ToolItem;
const exited = (over: object = {}): Outcome => ({
  ...{
    status: 'exited',
    code: 0,
    signal: '',
    timedOut: false,
    durationMs: 1_234,
    bytes: 2,
    truncated: false,
    uncovered: '',
  },
  ...over,
});

describe('live output', () => {
  it('comes through the stream as a live event', () => {
    const { print } = begun();
    const event = print(0, 'a\n');
    expect(readMessage({ event: 'command.output', data: JSON.stringify(event) })).toEqual({ kind: 'live', event });
  });

  it('is carried over to a timeline that is folded anew, and grows on there', () => {
    const { script, print } = begun();
    const before = fold(script.events);
    extendLive(before, print(0, 'one\n'));
    const next = keepOutput(before, fold(script.events));
    extendLive(next, print(0, 'one\n'));
    extendLive(next, print(4, 'two\n'));
    expect(only(next.items).command?.output).toMatchObject({ text: 'one\ntwo\n', cut: false, end: 8 });
  });

  it('of who comes late begins with what is held of it, and the pieces that follow are taken once', () => {
    const { script, print, tail } = begun();
    const early = fold(script.events);
    for (const piece of [print(0, 'one\n'), print(4, 'two\n')]) extendLive(early, piece);
    const held = only(early.items).command!.output;
    const late = fold(script.events);
    const whole = tail(held);
    expect(readMessage({ event: 'command.tail', data: JSON.stringify(whole) })).toEqual({ kind: 'live', event: whole });
    extendTail(late, whole);
    for (const one of [early, late]) {
      extendLive(one, print(4, 'two\n'));
      extendLive(one, print(8, 'three\n'));
    }
    expect(only(late.items).command?.output).toEqual(only(early.items).command?.output);
    extendTail(late, whole);
    expect(only(late.items).command?.output.text).toBe('one\ntwo\nthree\n');
  });

  it('is let go with the call that it belongs to', () => {
    const { script, print } = begun();
    const before = fold(script.events);
    extendLive(before, print(0, 'one\n'));
    expect(keepOutput(before, emptyTimeline()).items).toEqual([]);
  });
});

describe('the line of a command', () => {
  it.each<[string, Outcome, Partial<CommandEnd>, [string, string]]>([
    ['that ended well', exited(), {}, ['Allowed', 'exit 0']],
    ['that failed', exited({ code: 2 }), { code: 2 }, ['Failed', 'exit 2']],
    ['that a signal ended', exited({ code: null, signal: 'SIGSEGV' }), { code: null, signal: 'SIGSEGV' }, ['Failed', 'SIGSEGV']], // prettier-ignore
    ['that ran out of time', exited({ code: null, timedOut: true }), { code: null, timedOut: true }, ['Timed out', '']],
    ['that the sandbox ended', exited({ code: 137, uncovered: '.env' }), { code: 137, uncovered: '.env' }, ['Ended by the sandbox', 'exit 137']], // prettier-ignore
    ['that was stopped', { status: 'stopped', message: '' }, { code: null }, ['Stopped', '']],
  ])('says how one stands %s', (_what, outcome, finished, expected) => {
    const { script, end } = begun();
    end(outcome, finished);
    const item = only(fold(script.events).items);
    expect([stateOf(item).word, exitWord(item)]).toEqual(expected);
    expect(tookMs(item)).toBe(1_234);
  });

  it('says that one runs in the background until it has ended, whatever its call says', () => {
    const { script, end } = begun({ background: true });
    expect(stateOf(only(fold(script.events).items)).word).toBe('Running');
    end({ status: 'done', summary: 'started task_1', bytes: 0, truncated: false }, null);
    const item = only(fold(script.events).items);
    expect([stateOf(item).word, exitWord(item), tookMs(item)]).toEqual(['In the background', '', null]);
    const ended = begun({ background: true });
    ended.end({ status: 'done', summary: 'started task_1', bytes: 0, truncated: false }, { code: 0 });
    expect(stateOf(only(fold(ended.script.events).items)).word).toBe('Ended');
  });

  it('says that one was cut off with its server, in the background and in a turn', () => {
    const lost = { code: null, durationMs: 0, bytes: 0, lost: true };
    const behind = begun({ background: true });
    behind.end({ status: 'done', summary: 'started task_1', bytes: 0, truncated: false }, lost);
    const within = begun();
    within.finish(lost);
    within.script.tell({ type: 'turn.interrupted', data: { by: 'restart', message: '' } });
    for (const { script } of [behind, within]) {
      const item = only(fold(script.events).items);
      expect([stateOf(item).word, exitWord(item), tookMs(item)]).toEqual(['Cut off', '', null]);
    }
  });
});
