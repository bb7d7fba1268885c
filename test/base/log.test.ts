/** A log line is one JSON object on one line, whatever it quotes. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { createLogger, type LogLevel } from '../../server/base/log.ts';
import { createRedactor } from '../../server/base/redact.ts';
import { LIMITS } from '../../shared/limits.ts';

function logTo(level: LogLevel = 'debug', secrets: string[] = []) {
  const lines: string[] = [];
  const now = () => new Date('2026-01-02T03:04:05.678Z');
  const logger = createLogger({ level, redactor: createRedactor(secrets), write: (line) => lines.push(line), now });
  return { logger, lines };
}

test('writes time, level, event and facts as one JSON line', () => {
  const { logger, lines } = logTo();
  logger.info('server.listening', { port: 4747 });
  expect(lines).toEqual(['{"at":"2026-01-02T03:04:05.678Z","level":"info","event":"server.listening","port":4747}\n']);
});

test('writes nothing below its level', () => {
  const { logger, lines } = logTo('warn');
  logger.debug('a');
  logger.info('b');
  logger.warn('c');
  logger.error('d');
  expect(lines.map((line) => JSON.parse(line).event)).toEqual(['c', 'd']);
});

describe('what it quotes', () => {
  test('cannot forge a record, an escape sequence or a reading direction', () => {
    const { logger, lines } = logTo();
    const hostile = 'x\n{"level":"error","event":"forged"}\r\u2028\u2029\u001b[2J\u009b31m\u202e\u200b\udb40\udc41';
    logger.warn(hostile, { text: hostile, [hostile]: 1 });
    expect(lines).toHaveLength(1);
    expect(lines[0]).toMatch(/^[^\n\r\u2028\u2029]*\n$/);
    expect(lines[0]).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202e\u200b\udc41]/);
    expect(JSON.parse(lines[0]!)).toMatchObject({ level: 'warn', text: hostile });
  });

  test('cannot take the place of the record’s own fields', () => {
    const { logger, lines } = logTo();
    logger.info('true', { level: 'error', event: 'forged', at: 'never' });
    expect(JSON.parse(lines[0]!)).toEqual({ at: '2026-01-02T03:04:05.678Z', level: 'info', event: 'true' });
  });

  test('is redacted: values, keys, errors and their causes', () => {
    const { logger, lines } = logTo('debug', ['hunter2-hunter2']);
    const cause = new Error('cause hunter2-hunter2');
    logger.error('e', { deep: [{ 'k-hunter2-hunter2': 'v hunter2-hunter2' }], error: new Error('m', { cause }) });
    expect(lines[0]).not.toContain('hunter2');
    expect(JSON.parse(lines[0]!).error.cause.message).toBe('cause [redacted]');
  });

  test('is bounded, and still JSON on one line', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 400 }), fc.integer({ min: 0, max: 200 }), (text, times) => {
        const { logger, lines } = logTo();
        logger.info(text, { many: Array.from({ length: times }, () => text), text: text.repeat(times) });
        expect(lines[0]!.length).toBeLessThanOrEqual(LIMITS.logLineChars.value);
        expect(lines[0]!.indexOf('\n')).toBe(lines[0]!.length - 1);
        expect(JSON.parse(lines[0]!).level).toBe('info');
      }),
    );
  });

  test('may be circular, deep, a date, a function or a big number', () => {
    const { logger, lines } = logTo();
    const circle: Record<string, unknown> = {};
    circle['self'] = circle;
    logger.info('odd', { circle, when: new Date(0), never: new Date(NaN), big: 10n, run: () => 1, nothing: undefined });
    expect(JSON.parse(lines[0]!)).toMatchObject({ when: '1970-01-01T00:00:00.000Z', never: 'no date', big: '10' });
  });
});
