/** What an export says is what was said, and nothing in it acts: no tag, no picture, no odd link, whoever wrote it. */
import fc from 'fast-check';
import MarkdownIt, { type Token } from 'markdown-it';
import { describe, expect, it } from 'vitest';
import type { SessionInfo } from '../../shared/api.ts';
import { newMessageId } from '../../shared/ids.ts';
import { LIMITS } from '../../shared/limits.ts';
import { inlineCode, plainLine } from '../../server/store/markdown-text.ts';
import { exportSession } from '../../server/store/export/export.ts';
import { inertProse } from '../../server/store/prose.ts';
import { createScript } from '../fixtures/events.ts';
import { testSeals } from '../fixtures/seals.ts';

/** As a careless viewer would show it: raw HTML, every link, bare addresses too. */
const viewer = new MarkdownIt({ html: true, linkify: true });
viewer.validateLink = () => true;
const strict = new MarkdownIt('commonmark', { html: true });
strict.validateLink = () => true;

const flat = (tokens: Token[]): Token[] => tokens.flatMap((token) => [token, ...flat(token.children ?? [])]);

const OURS =
  /^<details><summary>(Reasoning|Result|Error|Record of events? \d+( to \d+)?)<\/summary>\n?$|^<\/details>\n?$/;

/** What in a markdown text would act when it is shown. */
function acting(markdown: string): string[] {
  return [viewer, strict].flatMap((md) => {
    const env = { references: {} };
    const tokens = flat(md.parse(markdown, env));
    return [
      ...Object.keys(env.references).map((name) => `[${name}]:`),
      ...tokens.flatMap((token) => {
        const { type, content, info } = token;
        const href = String(token.attrGet('href') ?? '');
        if (type === 'image') return [`image ${content}`];
        if (type.startsWith('html_') && !OURS.test(content)) return [content];
        // A bare address is the viewer's own idea, and it takes no scheme but those of the web, of mail and of files.
        if (type === 'link_open' && token.markup !== 'linkify' && !/^https?:\/\//.test(href)) return [`link ${href}`];
        if (type === 'fence' && /mermaid|math|query|dataview/.test(info)) return [`fence ${info}`];
        return [];
      }),
      ...(TEMPLATE.exec(withoutCode(markdown)) ?? []),
    ];
  });
}

/** Wiki links, formulas and templates: some viewers look for them in the source. */
const TEMPLATE = /\[\[|\$\$|\{\{/;
/** Lines of a block of code, as a parser finds them, and code within a line. */
function withoutCode(markdown: string): string {
  const lines = markdown.split('\n');
  for (const { type, map } of strict.parse(markdown, {}))
    if (type === 'fence' || type === 'code_block') lines.fill('', map![0], map![1]);
  return lines.join('\n').replace(/(`+)[^`][^]*?\1/g, '');
}

const HOSTILE = [
  ['an image behind a backslash', '\\![a](http://evil/x.png)'],
  ['a tag behind a backslash', '\\<img src=http://evil/x>'],
  ['a tag behind two', '\\\\<img src=http://evil/x>'],
  ['a code span that never closes', '``<img src=http://evil/x>`'],
  ['a backtick that opens nothing', '\\`<img src=http://evil/x>`'],
  ['a code span that ends on the next line', 'a `b\nc` <img src=http://evil/x> `d`'],
  ['a fence within a list that ends with its item', '- ```\n<img src=http://evil/x>\n```\n'],
  ['a fence of another sign', '```\n~~~\n```\n<script>alert(1)</script>\n~~~'],
  ['a link of the program', '[a](javascript:alert(1)) [b](data:text/html,x) [c](vscode://x) [d](file:///etc/passwd)'],
  ['a link to no scheme', '[a](//evil/x) [b](/etc/passwd) [c](x.html)'],
  ['a link in entities', '[a](&#106;avascript:alert(1)) [b](java\\\nscript:x)'],
  ['an automatic link', '<javascript:alert(1)> <vscode://file/x>'],
  ['a definition', '[a]: javascript:alert(1)\n\n[a] [b][a] ![c][a]'],
  ['a definition in a quote', '> [a]: http://evil/x\n\n![a]'],
  ['an embed', '![[secret]] [[a]] {{ include x }} $$\\href{javascript:x}{y}$$'],
  ['a drawing', '```mermaid\ngraph\n```'],
  ['a table', '| a | b |\n| - | - |\n| `x \\| <img src=y>` | <img src=z> |\n'],
  ['code next to a link that goes', '`<img src=x>`[`b`](ftp://x) `<img src=y>`'],
  ['entities', '&lt;img src=x&gt; &#60;script&#62; &#96;<b>&#96; &#10;&#10;<b>'],
  ['a picture in a link', '[![a](http://evil/x.png)](javascript:x)'],
  ['a comment', '<!-- a -->\n<!DOCTYPE x><?x?><![CDATA[x]]>'],
  ['signs that are lines of their own', '&#45;&#45;&#45;\na\n&#61;&#61;&#61;\n&#35; b\n&#43; c\n1&#46; d'],
] as const;

describe('prose', () => {
  it.each(HOSTILE)('does nothing as %s', (_name, text) => {
    expect(acting(inertProse(text))).toEqual([]);
    expect(acting(inertProse(`- a\n  > ${text.replaceAll('\n', '\n  > ')}\n\n1. ${text}`))).toEqual([]);
  });

  it.each(['`', '``', '[', '![', '[a](', '<', '*a_', '> ', '- ', '\\', '&#', '|', '|-', '`a``', '![a](<'])(
    'stays inert and whole, soon, of many %s',
    (piece) => {
      const text = `${piece.repeat(3_000)} <img src=x>`;
      const made = inertProse(text);
      expect(acting(made)).toEqual([]);
      expect(made).toContain('img src=x');
    },
  );

  it('does nothing, however it is put together', () => {
    const piece = fc.constantFrom(
      ...HOSTILE.map(([, text]) => text),
      ...'\n|\n\n|    |  |\t|> |- |1. |* |+ |# |`|``|```|~~~|\\|<|>|!|[|]|(|)|](|]:|**|_|~~|$|$$|{{|}}|[[|]]|&#96;|&lt;|&#32;|&#9;|&#10;|\r|---|===|| a '.split(
        '|',
      ),
      '|',
      '\n| a | b |\n| - | - |\n',
      '<img src=x onerror=y>',
      '<script>',
      '</details>',
      '[a](http://b)',
      '![a](http://b)',
      '[a](javascript:b)',
      '[a]: http://b',
      'word',
    );
    const prose = fc.array(piece, { maxLength: 14 }).map((pieces) => pieces.join(''));
    fc.assert(
      fc.property(prose, (text) => {
        const made = inertProse(text);
        expect(acting(made)).toEqual([]);
      }),
      { numRuns: 1_500 },
    );
  });

  it.each([
    'Some *emphasis*, **strength**, `code` and ~~what went~~.',
    '- one\n- two\n  - three\n\n    with a second paragraph\n- four',
    '3. a\n4. b\n\n   ```ts\n   const a = `<b>`;\n   ```',
    '> quoted\n>\n> - twice',
    '| a | b |\n| :-- | --: |\n| `c` | d **e** |',
    '```sh\nnpm test\n```\n\n    four spaces\n',
    'A [link](https://example.org/a_(b)?c=d&e=f) and <https://example.org>.\\\nA new line.\nAnother.',
    'snake_case, 2 * 3 < 7 && x || y, #4, a\\b, 50 %, $5, ``a ` b``.',
    '1986\\. A great year\n\\- no list',
  ])('reads as it was meant: %j', (text) => {
    const plain = new MarkdownIt({ html: false });
    expect(plain.render(inertProse(text)).trim()).toBe(plain.render(text).trim());
  });

  it('is still easy to read as it stands', () => {
    const text =
      'Run `npm test` in `server/`, then:\n\n1. read *this*\n2. call `f(a)` with `snake_case`\n\n```ts\na < b\n```';
    expect(inertProse(text)).toBe(text);
    expect(inertProse('Look at snake_case, a -> b (or c), 5 - 3 = 2.')).toBe(
      'Look at snake_case, a -> b (or c), 5 - 3 = 2.',
    );
  });

  it('is one block of text where it is longer than a message may be, or too deep', () => {
    const long = `<b>${'a '.repeat(LIMITS.messageChars.value / 2)}`;
    expect(inertProse(long)).toBe(`\`\`\`text\n${long}\n\`\`\``);
    expect(inertProse(`${'> '.repeat(500)}a`)).toContain(`\`\`\`text\n> > >`);
  });

  it('shows where a picture and an odd link would have led, and makes no heading like those of the export', () => {
    expect(inertProse('![a](http://x/y.png) [b](ftp://z)')).toBe('[image: a](http://x/y.png) \\[b\\] (`ftp://z`)');
    expect(inertProse('# You, 2026')).toBe('##### You, 2026');
    expect(inertProse('a\u202eb')).toBe('aU+202Eb');
  });
});

it('keeps a line, a name and code inert beside each other', () => {
  const sign = fc.constantFrom(...'`<>![]()\\&*_ =$:#|a\n');
  const text = fc.array(sign, { maxLength: 12 }).map((signs) => signs.join(''));
  fc.assert(
    fc.property(text, text, text, (a, b, c) => {
      const line = `- ${plainLine(`${a}<img src=x>`)} ${inlineCode(b)} ${inlineCode(`${c}<img src=y>`)} ${plainLine(`![a](http://x)${b}`)}`;
      expect(acting(line)).toEqual([]);
    }),
  );
});

it('does nothing as a whole, whoever wrote what is in it', async () => {
  const words = fc.array(fc.constantFrom(...HOSTILE.map(([, text]) => text), '\n', '`', '\\'), { maxLength: 6 });
  const text = words.map((pieces) => pieces.join(''));
  await fc.assert(
    fc.asyncProperty(text, text, async (a, b) => {
      const { session, events, tell } = createScript();
      tell({ type: 'session.created', data: { title: a.slice(0, 200) } });
      tell({ type: 'message.user', data: { messageId: newMessageId(), text: b, delivery: 'start' } });
      tell({ type: 'message.user', data: { messageId: newMessageId(), text: a, delivery: 'start' } });
      const at = events[0]!.at;
      const info = { id: session, title: a.slice(0, 200), createdAt: at, updatedAt: at } as SessionInfo;
      let made = '';
      const rest = { redaction: null, signer: testSeals('').signer, version: '1', madeAt: at, blobs: null };
      for await (const part of exportSession({ session: info, events, format: 'md', ...rest })) made += part;
      expect(acting(made)).toEqual([]);
    }),
    { numRuns: 100 },
  );
});
