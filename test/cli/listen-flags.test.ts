/** Where it listens is the person's own choice, and an address that others can reach is one they make twice. */
import { hostname } from 'node:os';
import { describe, expect, test } from 'vitest';
import { readArgs } from '../../server/cli/args.ts';
import { readListenFlags } from '../../server/cli/listen-flags.ts';
import { COMMANDS } from '../../server/cli/spec.ts';

const spec = COMMANDS.find(({ name }) => name === 'serve')!;
const read = (...words: string[]) => readListenFlags(readArgs(spec, words));

test.each<[string[], ReturnType<typeof read>]>([
  [[], { host: '127.0.0.1', port: 'auto', hostsExtra: [] }],
  [['--port', '0'], { host: '127.0.0.1', port: 0, hostsExtra: [] }],
  [['--port=65535', '--host', 'LOCALHOST'], { host: 'localhost', port: 65_535, hostsExtra: [] }],
  [['--host', '[::1]'], { host: '::1', port: 'auto', hostsExtra: [] }],
  [['--host', '127.0.0.2'], { host: '127.0.0.2', port: 'auto', hostsExtra: ['127.0.0.2'] }],
  [['--host', '192.0.2.7', '--allow-remote'], { host: '192.0.2.7', port: 'auto', hostsExtra: ['192.0.2.7'] }],
  [['--host', '2001:DB8::7', '--allow-remote'], { host: '2001:db8::7', port: 'auto', hostsExtra: ['[2001:db8::7]'] }],
])('%j', (words, flags) => expect(read(...words)).toEqual(flags));

describe('a wildcard answers to the name and the addresses of this machine, and to no other', () => {
  test.each(['0.0.0.0', '::', '0:0:0:0:0:0:0:0', '::0'])('%s', (host) => {
    const { hostsExtra } = read('--host', host, '--allow-remote');
    expect(hostsExtra).toContain(hostname().toLowerCase());
    for (const name of hostsExtra) expect(name).toMatch(/^(?!0\.0\.0\.0$|\[?fe80:|127\.)[\w.:[\]-]+$/i);
  });
});

test.each(['0.0.0.0', '::', '192.0.2.7', '::ffff:127.0.0.1', '0:0:0:0:0:0:0:1', '169.254.169.254'])(
  '%s needs --allow-remote',
  (host) => expect(() => read('--host', host)).toThrow(/without --allow-remote/),
);

test.each(['example.org', '0', '127.1', '0x7f.1', '127.0.0.1:80', 'localhost.', '-', '*'])('%s is no address', (host) =>
  expect(() => read(`--host=${host}`, '--allow-remote')).toThrow(/expected to be an IP address or localhost/),
);
