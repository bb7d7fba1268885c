/** A gigabyte of output: it passes, through a pipe and through a terminal, and nobody's memory grows. */
import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { policyFlags } from './confined.ts';
import { openPlace, type Place } from './place.ts';
import { descendants, read } from './processes.ts';
import { talk } from './talk.ts';
import { idsOf, WHO } from './world.ts';
import { spawn } from 'node:child_process';

let place: Place;
beforeAll(async () => {
  place = await openPlace();
});
afterAll(() => place.close());

const GIGABYTE = 1 << 30;
/** A terminal hands over a page at a time: ten seconds where the machine does nothing else. */
const PATIENCE_MS = 300_000;
/** The terminal makes two bytes of each line feed; there are none here. */
const FLOOD = `head -c ${GIGABYTE} /dev/zero | tr "\\0" x`;

const residentKiB = (pid: number) => Number(/^VmHWM:\s+(\d+)/m.exec(read(`/proc/${pid}/status`))?.[1] ?? 0);

describe.each(WHO)('as %s', (who) => {
  test.each([
    ['through a pipe', []],
    ['through a terminal', ['--pty', '80x24']],
  ])(
    'a gigabyte of output %s',
    (_way, more) =>
      place.inWorld(who, 'usual', async (setting) => {
        const args = [...more, ...policyFlags(setting), '--', '/bin/bash', '-c', FLOOD];
        const child = spawn(place.programs.release, args, {
          cwd: '/',
          env: {},
          stdio: ['ignore', 'pipe', 'inherit'],
          ...idsOf(who),
        });
        let bytes = 0;
        let most = 0;
        let measured = 0;
        child.stdout.on('data', (chunk: Buffer) => {
          if ((bytes += chunk.length) < measured + (GIGABYTE >> 5)) return;
          measured = bytes;
          const [init] = descendants(child.pid!);
          most = Math.max(most, residentKiB(child.pid!), init === undefined ? 0 : residentKiB(init));
        });
        const code = await new Promise((resolve) => child.on('close', resolve));
        expect({ code, bytes }).toEqual({ code: 0, bytes: GIGABYTE });
        expect(most).toBeGreaterThan(0);
        expect(most).toBeLessThan(4096);
      }),
    PATIENCE_MS,
  );
});

test('the launcher itself is small in memory while it waits', () =>
  place.inWorld(WHO[0]!, 'usual', async (setting) => {
    const one = talk(
      place.programs.release,
      [...policyFlags(setting), '--', '/bin/bash', '-c', 'echo ready; read -r line'],
      { who: WHO[0]! },
    );
    await one.until(/ready/);
    const sizes = [one.pid, descendants(one.pid)[0]!].map((pid) =>
      Number(/^VmRSS:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))![1]),
    );
    one.write('go\n');
    await one.ended;
    expect(Math.max(...sizes)).toBeLessThan(4096);
  }));
