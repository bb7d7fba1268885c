/** Attacks on the files of the workspace, over HTTP on a whole server: paths, names, races of two tabs, odd bytes, large things. */
import { execFileSync } from 'node:child_process';
import * as fs from 'node:fs';
import { createServer } from 'node:net';
import { dirname, join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import type { FileEntry, FileView } from '../../shared/api.ts';
import { LIMITS } from '../../shared/limits.ts';
import { sha256 } from '../../server/base/hash.ts';
import { startServer, type Client, type TestServer } from '../fixtures/server.ts';

const SECRET = 'outside-secret';
const enc = encodeURIComponent;

interface Ready {
  server: TestServer;
  client: Client;
  /** A folder beside the workspace, with a file `secret`. */
  outside: string;
}

async function ready(files: Record<string, string> = {}): Promise<Ready> {
  const server = await startServer([{ text: 'nothing' }], { 'a.txt': 'a\n', ...files });
  const outside = join(dirname(server.root), 'outside');
  fs.mkdirSync(outside);
  fs.writeFileSync(join(outside, 'secret'), SECRET);
  return { server, client: await server.login(), outside };
}

const view = (client: Client, path: string) => client.send('GET', `/api/file?path=${enc(path)}`);
const list = (client: Client, path: string) => client.send('GET', `/api/files?path=${enc(path)}`);
const put = (client: Client, path: string, content: string, expectedSha256: string | null) =>
  client.send('PUT', '/api/file', { path, content, expectedSha256 });

/** All that stands in a folder, with the bytes of each file. */
const snapshot = (dir: string) =>
  fs
    .readdirSync(dir, { recursive: true, withFileTypes: true })
    .filter((entry) => !entry.isDirectory())
    .map((entry) => {
      const path = join(entry.parentPath, entry.name);
      return `${path.slice(dir.length + 1)} ${entry.isFile() ? sha256(fs.readFileSync(path)) : 'special'}`;
    })
    .filter((line) => !line.startsWith('.vtcode/') && !line.startsWith('.vt-workspace-trust'))
    .sort();

describe('D1 paths', () => {
  const PATHS: [path: string, status: number][] = [
    ['../outside/secret', 400],
    ['..', 400],
    ['a/../../outside/secret', 400],
    ['/etc/passwd', 400],
    ['//etc/passwd', 400],
    ['/', 400],
    ['/proc/self/environ', 400],
    ['..\\outside\\secret', 400],
    ['C:\\Windows\\win.ini', 400],
    ['\\\\server\\share\\x', 400],
    ['\\\\?\\C:\\x', 400],
    ['file:///etc/passwd', 400],
    ['~/.ssh/id_rsa', 400],
    ['a.txt\0.png', 400],
    ['\0', 400],
    ['n'.repeat(5_000), 400],
    ['x/'.repeat(2_000), 400],
    ['.', 400],
    ['', 400],
    ['./', 400],
    // Names that only look encoded: nothing is decoded a second time.
    ['..%2foutside%2fsecret', 404],
    ['%2e%2e/outside/secret', 404],
    ['%252e%252e%252fsecret', 404],
    ['..;/outside/secret', 404],
    ['....//outside/secret', 404],
  ];

  it('are refused or name nothing, read or written, and nothing outside is told or touched', async () => {
    const { client, outside } = await ready();
    const before = snapshot(outside);
    for (const [path, status] of PATHS) {
      const read = await view(client, path);
      expect([path, read.status]).toEqual([path, status]);
      expect(JSON.stringify(read.body)).not.toContain(SECRET);
      if (status === 400) expect([path, (await put(client, path, 'x', null)).status]).toEqual([path, 400]);
    }
    expect(snapshot(outside)).toEqual(before);
  });

  it('are listed by the same rules, and an empty one is the workspace', async () => {
    const { client, server } = await ready();
    for (const path of ['', '.', './', server.root]) {
      expect(await list(client, path)).toMatchObject({ status: 200, body: { path: '.' } });
    }
    for (const path of ['..', '/', '/etc', '../outside', 'a\0', 'C:\\'])
      expect((await list(client, path)).status).toBe(400);
  });
});

describe('D2 what is no plain file inside', () => {
  it('is refused without hanging, and nothing outside is read or written', async () => {
    const { server, client, outside } = await ready();
    const at = (name: string) => join(server.root, name);
    fs.symlinkSync(join(outside, 'secret'), at('abs'));
    fs.symlinkSync('../outside/secret', at('rel'));
    fs.symlinkSync(outside, at('folder'));
    fs.symlinkSync(join(outside, 'new'), at('dangling'));
    fs.symlinkSync('/proc/self/root', at('root'));
    fs.symlinkSync(`/proc/self/root${server.root}/a.txt`, at('around'));
    fs.symlinkSync('/dev/zero', at('zero'));
    fs.symlinkSync('loop', at('loop'));
    execFileSync('mkfifo', [at('fifo')]);
    const socket = createServer().listen(at('socket'));
    onTestFinished(() => void socket.close());
    await new Promise((done) => socket.once('listening', done));

    const before = snapshot(outside);
    const names = [
      'abs',
      'rel',
      'folder/secret',
      'folder/new',
      'dangling',
      'root/etc/passwd',
      'around',
      'zero',
      'loop',
      'fifo',
      'socket',
    ];
    for (const name of names) {
      const read = await view(client, name);
      expect([name, read.status >= 400 && read.status < 500]).toEqual([name, true]);
      expect(JSON.stringify(read.body)).not.toMatch(new RegExp(`${SECRET}|root:x`));
      for (const expected of [null, sha256(SECRET)]) {
        expect([name, (await put(client, name, 'pwned', expected)).status]).toEqual([name, 400]);
      }
    }
    expect((await list(client, 'folder')).status).toBe(400);
    expect(snapshot(outside)).toEqual(before);
    expect(fs.lstatSync(at('abs')).isSymbolicLink()).toBe(true);
  });

  it('a hard link to a file outside: a write takes the name, and the bytes outside stay', async () => {
    const { server, client, outside } = await ready();
    fs.linkSync(join(outside, 'secret'), join(server.root, 'hard'));
    expect((await put(client, 'hard', 'mine', sha256(SECRET))).status).toBe(200);
    expect(fs.readFileSync(join(server.root, 'hard'), 'utf8')).toBe('mine');
    expect(fs.readFileSync(join(outside, 'secret'), 'utf8')).toBe(SECRET);
  });
});

describe('D3 spellings of guarded names', () => {
  it('are guarded, and nothing is written under any of them', async () => {
    const { server, client } = await ready({ '.git/config': '[core]\n' });
    const before = snapshot(server.root);
    const names = [
      '.git/config',
      '.GIT/config',
      '.git /config',
      '.git./hooks/x',
      '.git::$INDEX_ALLOCATION/x',
      '.g\u200cit/config',
      '.ＧＩＴ/config',
      'sub/.git/config',
      'git~1/config',
      '.vtcode/tool-policy.json',
      '.VTCODE/x',
      '.vtcode /x',
      'vtcode.toml',
      'VTCODE.TOML',
      'vtcode.toml.',
      'vtcode.toml::$DATA',
      '.vt-workspace-trust',
      '.VT-Workspace-Trust',
      './/.git//config',
      'x/../.git/config',
    ];
    for (const name of names) {
      const stands = await view(client, name);
      const expected = stands.status === 200 ? (stands.body as FileView).sha256 : null;
      expect([name, (await put(client, name, 'pwned', expected)).status]).toEqual([name, 403]);
    }
    expect(snapshot(server.root)).toEqual(before);
  });

  it('two Unicode forms of a name are two files, and each is itself', async () => {
    const { server, client } = await ready();
    const [nfc, nfd] = ['caf\u00e9.txt', 'cafe\u0301.txt'];
    fs.writeFileSync(join(server.root, nfd), 'nfd');
    expect((await view(client, nfc)).status).toBe(404);
    expect((await put(client, nfd, 'changed', sha256('nfd'))).status).toBe(200);
    expect(fs.readdirSync(server.root).filter((name) => name.startsWith('caf'))).toEqual([nfd]);
  });
});

describe('D4 saving', () => {
  it('over another file than the one that was read is refused', async () => {
    const { server, client } = await ready();
    fs.writeFileSync(join(server.root, 'a.txt'), 'changed meanwhile\n');
    expect((await put(client, 'a.txt', 'mine', sha256('a\n'))).status).toBe(409);
    expect((await put(client, 'a.txt', 'mine', null)).status).toBe(409);
    expect((await put(client, 'none.txt', 'mine', sha256('a\n'))).status).toBe(409);
    expect(fs.readFileSync(join(server.root, 'a.txt'), 'utf8')).toBe('changed meanwhile\n');
  });

  it('from two tabs at once: one wins, the other is told', async () => {
    const { server } = await ready();
    const tabs = await Promise.all([server.login(), server.login()]);
    for (let round = 0; round < 10; round++) {
      const base = sha256(fs.readFileSync(join(server.root, 'a.txt')));
      const answers = await Promise.all(tabs.map((tab, i) => put(tab, 'a.txt', `tab ${i} round ${round}`, base)));
      const winner = answers.findIndex(({ status }) => status === 200);
      expect(answers.map(({ status }) => status).sort()).toEqual([200, 409]);
      expect(fs.readFileSync(join(server.root, 'a.txt'), 'utf8')).toBe(`tab ${winner} round ${round}`);
    }
  });
});

describe('D5 odd bytes and sizes', () => {
  const TEXTS: [name: string, content: string][] = [
    ['crlf', 'a\r\nb\r\n'],
    ['mixed ends', 'a\r\nb\nc\rd'],
    ['a byte order mark', '\ufeffa\n'],
    ['no line feed at the end', 'a\nb'],
    ['nothing', ''],
    ['controls and hidden characters', 'a\x1b[31m\u202e\u200b\x07'],
    ['characters of four bytes', '🙂日本'],
  ];
  it.each(TEXTS)('%s: what is read and saved again is the same bytes, and the mode stays', async (_name, content) => {
    const { server, client } = await ready({ f: content });
    fs.chmodSync(join(server.root, 'f'), 0o751);
    const { body } = await view(client, 'f');
    const shown = body as FileView;
    const text = shown.content.kind === 'text' ? shown.content.text : '';
    expect((await put(client, 'f', `${text}+`, shown.sha256)).status).toBe(200);
    expect((await put(client, 'f', text, sha256(`${text}+`))).status).toBe(200);
    expect(fs.readFileSync(join(server.root, 'f')).equals(Buffer.from(content))).toBe(true);
    expect(fs.statSync(join(server.root, 'f')).mode & 0o777).toBe(0o751);
  });

  it('four gigabytes, a line of 50 MB, a million lines, binary: each is answered, capped, and not spoiled', async () => {
    const { server, client } = await ready();
    const at = (name: string) => join(server.root, name);
    fs.writeFileSync(at('sparse'), '');
    fs.truncateSync(at('sparse'), 4 * 2 ** 30);
    fs.writeFileSync(at('wide'), Buffer.alloc(50 * 2 ** 20, 'x'));
    fs.writeFileSync(at('lines'), 'x\n'.repeat(1_000_000));
    fs.writeFileSync(at('latin1'), Buffer.from([0x63, 0xe9]));
    const kinds: string[] = [];
    for (const name of ['sparse', 'wide', 'lines', 'latin1']) {
      const { status, body } = await view(client, name);
      expect(status).toBe(200);
      const { content, size } = body as FileView;
      expect(size).toBe(fs.statSync(at(name)).size);
      kinds.push(content.kind === 'text' ? `text ${content.text.length} ${content.truncated}` : content.kind);
    }
    const max = LIMITS.viewBytes.value;
    expect(kinds).toEqual(['binary', `text ${max} true`, 'text 2000000 false', 'binary']);
    // What is too large to be shown whole has no hash that it could be saved over with.
    expect((await put(client, 'wide', 'x', sha256('')).then(({ status }) => status)).toString()).toMatch(/^4/);
    expect(fs.statSync(at('wide')).size).toBe(50 * 2 ** 20);
  });
});

describe('D6 hostile names', () => {
  const NAMES = [
    '<img src=x onerror=alert(1)>',
    '\u202Egpj.exe',
    'line\nbreak',
    'esc\x1b[2J',
    '"quote\'',
    '${x}',
    '__proto__',
    'constructor',
    ' lead',
    '-rf',
    '%2e%2e',
  ];

  it('are data in every answer, exactly as they are', async () => {
    const { server, client } = await ready();
    for (const name of NAMES) fs.writeFileSync(join(server.root, name), 'needle');
    const { body } = await list(client, '');
    const names = (body as { entries: FileEntry[] }).entries.map((entry) => entry.name);
    expect(NAMES.filter((name) => !names.includes(name))).toEqual([]);
    for (const name of NAMES) expect((await view(client, name)).body).toMatchObject({ path: name, size: 6 });
    const found = await client.send('GET', '/api/search/text?q=needle');
    const paths = (found.body as { matches: { path: string }[] }).matches.map((match) => match.path);
    expect(paths.sort()).toEqual([...NAMES].sort());
    const byName = await client.send('GET', '/api/search/files?q=');
    expect((byName.body as { paths: string[] }).paths).toEqual(expect.arrayContaining(NAMES));
  });
});

describe('D7 large and endless trees', () => {
  it('are listed in part and walked within bounds', async () => {
    const many = Array.from({ length: LIMITS.listEntries.value + 500 }, (_, i) => [`many/${i}`, '']);
    const { server, client } = await ready(Object.fromEntries(many));
    fs.mkdirSync(join(server.root, 'circle'));
    fs.symlinkSync('..', join(server.root, 'circle/up'));
    fs.symlinkSync('.', join(server.root, 'circle/self'));
    const { body } = await list(client, 'many');
    expect(body).toMatchObject({ left: 500 });
    expect((body as { entries: FileEntry[] }).entries.length).toBe(LIMITS.listEntries.value);
    const found = await client.send('GET', '/api/search/files?q=a.txt');
    expect(found.body).toEqual({ paths: ['a.txt'], truncated: false });
    expect((await view(client, `circle/${'self/'.repeat(30)}up/a.txt`)).status).toBe(400);
  });
});

describe('D8 patterns', () => {
  it.each([
    ['text', '(a+)+$'],
    ['text', '['.repeat(900)],
    ['text', '\\'],
    ['files', `${'*a'.repeat(400)}b`],
    ['files', '**/'.repeat(300)],
    ['files', 'a '.repeat(450)],
  ])('in a search for %s are answered at once, however they are made (%#)', async (what, query) => {
    const { client } = await ready({
      'trap.txt': `${'a'.repeat(200_000)}!\n`,
      [`${'a/'.repeat(40)}${'a'.repeat(200)}`]: 'x',
    });
    expect((await client.send('GET', `/api/search/${what}?q=${enc(query)}`)).status).toBe(200);
  });

  it('that are too long or hold a NUL are refused', async () => {
    const { client } = await ready();
    for (const what of ['text', 'files']) {
      for (const query of ['x'.repeat(LIMITS.patternChars.value + 1), 'a\0b']) {
        expect((await client.send('GET', `/api/search/${what}?q=${enc(query)}`)).status).toBe(400);
      }
    }
  });

  it('in the ignore rules of the repository hold nothing up', async () => {
    const rules = [`${'**/a/'.repeat(30)}b`, `${'*a'.repeat(100)}b`, `${'[a-z]*'.repeat(60)}0`].join('\n');
    const { client } = await ready({ '.gitignore': rules, [`${'a/'.repeat(50)}${'a'.repeat(250)}`]: 'x' });
    const found = await client.send('GET', '/api/search/files?q=aaa');
    expect((found.body as { paths: string[] }).paths.length).toBe(1);
    expect((await list(client, 'a/'.repeat(50))).status).toBe(200);
  });
});
