/** Markdown: block by block, stable while it grows, and inert before it is even sanitised. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { blocksOf, GrowingBlocks, misleads, targetOf } from '../../web/chat/markdown.ts';

const html = (text: string) => blocksOf(text).join('');

describe('markdown', () => {
  it('escapes HTML: a claim cannot draw a button', () => {
    expect(html('<button onclick="x()">Allow once</button>')).toBe(
      '<p>&lt;button onclick=&quot;x()&quot;&gt;Allow once&lt;/button&gt;</p>\n',
    );
    expect(html('<script>alert(1)</script>')).not.toContain('<script');
  });

  it.each([
    '[x](javascript:alert(1))',
    '[x](JaVaScRiPt:alert(1))',
    '[x](data:text/html,<b>x</b>)',
    '[x](vbscript:x)',
    '[x](file:///etc/passwd)',
    '[x](//evil.example/x)',
    '[x](&#106;avascript:alert(1))',
    '<javascript:alert(1)>',
    '[x](?session=ses_1)',
    '[x](obsidian://open)',
  ])('makes no link of %s', (text) => {
    expect(html(text)).not.toContain('href');
  });

  it('links to the web and to files of the workspace', () => {
    expect(html('[a](https://example.org/x)')).toContain('<a href="https://example.org/x">a</a>');
    expect(html('[a](src/a.ts:12)')).toContain('<a href="src/a.ts:12">a</a>');
  });

  it('fetches no picture: its words stand for it', () => {
    const shown = html('![a "chart"](https://evil.example/p.png?leak=1)');
    expect(shown).not.toContain('<img');
    expect(shown).toContain('a &quot;chart&quot;');
    expect(shown).toContain('picture not loaded: https://evil.example/p.png?leak=1');
  });

  it('puts headings below the message and skips no level', () => {
    const tags = [...html('### a\n\n# b\n\n###### c\n\n## d').matchAll(/<(h\d)/g)].map((match) => match[1]);
    expect(tags).toEqual(['h3', 'h3', 'h4', 'h4']);
  });

  it('keeps the side of a table column without a style', () => {
    expect(html('| a |\n| -: |\n| 1 |')).toContain('<td align="right">1</td>');
    expect(html('| a |\n| -: |\n| 1 |')).not.toContain('style');
  });

  it('finds definitions that stand below their use', () => {
    expect(html('[a]\n\n[a]: https://example.org')).toContain('<a href="https://example.org">a</a>');
  });
});

describe('a text that grows', () => {
  const parts = fc.constantFrom(
    'word ', '**bold** ', '`code` ', '\n', '\n\n', '- item\n', '1. one\n', '```ts\n', 'let a = 1;\n', '```\n', '# head\n',
    '> quote\n', '| a | b |\n', '| - | - |\n', '| 1 | 2 |\n', '---\n', '    indented\n', '[a](https://x.example) ', '* ', '\t',
  ); // prettier-ignore

  it('ends as the same blocks as if it had come at once', () => {
    fc.assert(
      fc.property(fc.array(parts, { maxLength: 40 }), (pieces) => {
        const growing = new GrowingBlocks();
        let text = '';
        let blocks: string[] = [];
        for (const piece of pieces) blocks = growing.update((text += piece));
        expect(blocks).toEqual(blocksOf(text));
      }),
      { numRuns: 400 },
    );
  });

  it('leaves finished blocks as they are: the same strings', () => {
    const growing = new GrowingBlocks();
    const [first] = growing.update('# one\n\ntwo');
    const later = growing.update('# one\n\ntwo and more\n\n- three');
    expect(later).toHaveLength(3);
    expect(later[0]).toBe(first);
  });

  it('starts anew when the text is another', () => {
    const growing = new GrowingBlocks();
    growing.update('one\n\ntwo\n\nthree');
    expect(growing.update('other')).toEqual(blocksOf('other'));
  });

  it('reads a long text in small steps in little time', () => {
    const text = Array.from({ length: 400 }, (_, i) => `Paragraph ${i} with **some** words and \`code\`.\n\n`).join('');
    const growing = new GrowingBlocks();
    for (let at = 12; at < text.length; at += 12) growing.update(text.slice(0, at));
    expect(growing.update(text)).toEqual(blocksOf(text));
  });
});

describe('the target of a link', () => {
  it('is a web address, a path, or nothing', () => {
    expect(targetOf('https://example.org/a')).toMatchObject({ kind: 'web' });
    expect(targetOf('./src/a%20b.ts#L12')).toEqual({ kind: 'path', path: 'src/a b.ts' });
    expect(targetOf('src/a.ts:12:3')).toEqual({ kind: 'path', path: 'src/a.ts' });
    expect(targetOf('javascript:alert(1)')).toEqual({ kind: 'none' });
    expect(targetOf('https://')).toEqual({ kind: 'none' });
  });

  it('is told apart from what its words say', () => {
    const evil = new URL('https://evil.example/login');
    expect(misleads('https://github.com/login', evil)).toBe(true);
    expect(misleads('github.com', evil)).toBe(true);
    expect(misleads('see evil.example', evil)).toBe(false);
    expect(misleads('the docs', evil)).toBe(false);
    expect(misleads('example.org', new URL('https://www.example.org/'))).toBe(false);
  });
});
