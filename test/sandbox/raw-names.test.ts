/** Names that are no text: what they hold is kept from commands as well as what can be named, and nothing is taken for another. */
import { linkSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { bytesOf, isRaw, rawNames } from '../../server/sandbox/raw-names.ts';
import { ground, once, open, RUN } from './ground.ts';

describe('a name that is no text', () => {
  /** `name`, and a byte that no text has. */
  const odd = (root: string, name: string, rest = '') =>
    Buffer.concat([Buffer.from(`${root}/${name}`), Buffer.from([0xff]), Buffer.from(rest)]);

  test('of a folder: it is hidden whole where it stood, cannot be moved, and the same name in text is another one', async () => {
    const { options, root } = await ground({ 'a.txt': 'a\n', 'old\uFFFD/text': 'seen\n' });
    mkdirSync(odd(root, 'old', '/.git/hooks'), { recursive: true });
    writeFileSync(odd(root, 'old', '/.env'), 'KEY\n');
    writeFileSync(odd(root, 'old', '/plain.txt'), 'KEY\n');
    const script = `cd "$(printf 'old\\377')" 2>&1; cat "$(printf 'old\\377')"/{.env,plain.txt}; echo x > "$(printf 'old\\377')"/.git/hooks/x
      mv "$(printf 'old\\377')" moved; chmod 700 "$(printf 'old\\377')"; cat "$(printf 'old\\357\\277\\275')"/text; ls | wc -l`;
    const ran = await once(options, script);
    expect(ran.stdout).not.toContain('KEY');
    expect(ran.stdout).toContain('seen\n');
    expect(ran.findings).toEqual([]);
    expect(readFileSync(odd(root, 'old', '/.env'), 'utf8')).toBe('KEY\n');
    expect(readdirSync(odd(root, 'old', '/.git/hooks'))).toEqual([]);
  });

  test('of a file that holds a secret: it is hidden, and so are its other names', async () => {
    const { options, root } = await ground({ 'b/c.txt': '' });
    writeFileSync(odd(root, 'b/key', '.pem'), 'KEY\n');
    writeFileSync(odd(root, 'notes', '.txt'), 'NOTES\n');
    linkSync(odd(root, 'b/key', '.pem'), join(root, 'other'));
    const ran = await once(options, 'cat b/* other *.txt');
    expect(ran.stdout).toBe('NOTES\n');
    expect(ran.stderr).toMatch(/Permission denied/);
  });

  test('of a folder that a command made: it is told of, keeps nothing from running, and the next command sees nothing in it', async () => {
    const { options } = await ground({ 'a.txt': 'a\n' });
    const first = await once(
      options,
      'mkdir -p "$(printf "new\\377")/.git"; echo PLANTED > "$(printf "new\\377")/x"; ls | wc -l',
    );
    expect(first.code).toBe(0);
    expect(first.findings).toMatchObject([{ path: 'new\uFFFD', why: expect.stringContaining('not UTF-8') as string }]);
    const second = await once(options, 'cat new*/x; echo end');
    expect(second).toMatchObject({ stdout: 'end\n', findings: [] });
  });

  test('is refused, with what to do, where bubblewrap makes the mounts', async () => {
    const { options, root } = await ground();
    mkdirSync(odd(root, 'old'));
    const confinement = await open({ ...options, forceAssisted: true });
    if (confinement.status().tier !== 'assisted') return; // no bubblewrap here
    await expect(confinement.prepare(RUN)).rejects.toMatchObject({
      code: 'name_no_text',
      message: expect.stringContaining('old\uFFFD') as string,
    });
  });

  test.each([
    ['a\xffb', [0x61, 0xdcff, 0x62]],
    ['\xc3\xa9\xc3', [0xe9, 0xdcc3]],
    ['\xed\xb0\x80', [0xdced, 0xdcb0, 0xdc80]],
    ['\xf0\x9f\x8e\x89\xfe', [0xd83c, 0xdf89, 0xdcfe]],
  ])('is kept as text, and known again: %j', async (latin, units) => {
    const { root } = await ground();
    const bytes = Buffer.from(latin, 'latin1');
    mkdirSync(Buffer.concat([Buffer.from(`${root}/`), bytes]));
    const [entry] = rawNames(root);
    expect(entry).toEqual({ name: String.fromCharCode(...units), isDirectory: true });
    expect([isRaw(entry!.name), bytesOf(entry!.name)]).toEqual([true, bytes]);
    expect(isRaw('é🎉\uFFFD')).toBe(false);
  });
});
