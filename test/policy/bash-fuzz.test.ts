/** What bash really runs: of random scripts no command runs that was not judged, unless the script was called unreadable. */
import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { readScript } from '../../server/policy/script.ts';
import { NO_WORLD } from '../../server/policy/world.ts';
import { runs } from '../long.ts';
import { tempDir } from '../fixtures/temp.ts';

/** No programs of these names: bash asks the handler for each, which writes it down. */
const NAMES = ['aa', 'bb', 'cc', 'dd', 'ee'];

const name = fc.constantFrom(...NAMES);
const blank = fc.constantFrom(' ', '  ', '\t', ' \\\n');
const plain = fc.constantFrom(
  'x',
  '1',
  '-n',
  'a*',
  '~',
  '$x',
  '"$x"',
  "'q'",
  '\\;',
  '$?',
  '${x}',
  '"a b"',
  "$'\\x61'",
  '{a,b}',
  '#c',
  '=',
  '!',
  'in',
  'do',
  '[',
  ']',
);
const separator = fc.constantFrom(';', '\n', ' && ', ' || ', ' | ', ' & ', ' |& ', '; ! ', '\n\n', '# r\n');

type Parts = {
  script: string;
  command: string;
  word: string;
  simple: string;
  compound: string;
  arithmetic: string;
};

type Tie = fc.LetrecTypedTie<Parts>;

const { script } = fc.letrec<Parts>((tie) => ({
  script: fc
    .tuple(fc.array(fc.tuple(tie('command'), separator), { maxLength: 2 }), tie('command'))
    .map(([parts, last]) => parts.map(([one, mark]) => one + mark).join('') + last),
  command: fc.oneof(
    { maxDepth: 4, depthIdentifier: 'd' },
    { weight: 4, arbitrary: tie('simple') },
    { weight: 3, arbitrary: tie('compound') },
  ),
  simple: fc
    .tuple(
      fc.constantFrom('', 'x=1 ', 'x=$(aa) ', '>f ', '! ', 'time ', '\\', '"'),
      name,
      blank,
      fc.array(tie('word'), { maxLength: 2 }),
      fc.constantFrom('', ' >f', ' 2>&1', ' <f', ' <<<x', ' >|f', ' {y}>f'),
    )
    .map(
      ([before, word, gap, words, after]) =>
        (before === '"' ? `"${word}"` : before + word) + gap + words.join(' ') + after,
    ),
  word: fc.oneof(
    { maxDepth: 3, depthIdentifier: 'd' },
    plain,
    tie('script').map((inner) => `$(${inner})`),
    tie('script').map((inner) => `"$(${inner})"`),
    tie('simple').map((inner) => `\`${inner.replace(/[`\\]/g, '')}\``),
    tie('script').map((inner) => `<(${inner})`),
    tie('word').map((inner) => `\${x:-${inner}}`),
    tie('word').map((inner) => `"\${x/${inner}/y}"`),
    tie('arithmetic').map((inner) => `$((${inner}))`),
    tie('word').map((inner) => `a${inner}b`),
  ),
  arithmetic: fc.oneof(
    { maxDepth: 2, depthIdentifier: 'd' },
    fc.constantFrom('1', '1+2', 'x', '(1)', '1)', '(', 'x=1', 'a[0]'),
    tie('script').map((inner) => `$(${inner})`),
    tie('script').map((inner) => `${inner}) | (${inner}`),
    tie('script').map((inner) => ` $(case x in x) echo ${inner};; esac) `),
  ),
  compound: compounds(tie),
}));

function compounds(tie: Tie) {
  return fc.oneof(
    { maxDepth: 3, depthIdentifier: 'd' },
    tie('script').map((inner) => `(${inner})`),
    tie('script').map((inner) => `((${inner}))`),
    tie('script').map((inner) => `{ ${inner}; }`),
    fc.tuple(tie('script'), tie('script')).map(([a, b]) => `if ${a}; then ${b}; else ${a}; fi`),
    fc.tuple(tie('word'), tie('script')).map(([a, b]) => `for x in ${a} y; do ${b}; done`),
    fc.tuple(tie('word'), tie('script')).map(([a, b]) => `case ${a} in x|${a}) ${b};; *) ${b};; esac`),
    tie('script').map((inner) => `for ((i=0;i<1;i++)); do ${inner}; done`),
    tie('script').map((inner) => `f() { ${inner}; }; f`),
    tie('script').map((inner) => `while ${inner}; do break; done`),
    tie('script').map((inner) => `until ! ${inner}; do break; done`),
    tie('word').map((inner) => `[[ ${inner} ]]`),
    tie('arithmetic').map((inner) => `((${inner}))`),
    tie('script').map((inner) => `aa <<E\n$(${inner})\nE\n`),
    tie('script').map((inner) => `aa <<'E'\n$(${inner})\nE\n`),
    tie('script').map((inner) => `coproc ${inner}`),
    tie('script').map((inner) => `bash -c '${inner.replaceAll("'", '')}'`),
    tie('script').map((inner) => `eval '${inner.replaceAll("'", '')}'`),
    tie('word').map((inner) => `x=${inner}`),
    tie('word').map((inner) => `x=(${inner})`),
  );
}

it(
  'judges every command that bash runs',
  () => {
    const dir = tempDir('vtcode-fuzz-');
    let count = 0;
    const seen = { scripts: 0, inspectable: 0, ran: 0 };
    fc.assert(
      fc.property(script, (source) => {
        const read = readScript(source, {
          rules: { commands: [], paths: [] },
          standing: [],
          world: NO_WORLD,
          cwd: '.',
        });
        seen.scripts++;
        if (read.problems.length > 0) return;
        seen.inspectable++;
        const judged = new Set(read.commands.map(({ argv }) => argv[0]));
        const names = ranBy(source, { dir, log: join(dir, `log${count++}`) });
        seen.ran += names.length;
        for (const ran of names) expect([source, judged.has(ran) ? '' : ran]).toEqual([source, '']);
      }),
      { numRuns: runs(600), interruptAfterTimeLimit: runs(60_000) },
    );
    // Were all of them called unreadable, or none of them ran anything, nothing would have been tried.
    expect(seen.inspectable / seen.scripts).toBeGreaterThan(0.35);
    expect(seen.ran).toBeGreaterThan(seen.inspectable);
  },
  runs(120_000),
);

/** What it left running in the background may write later: each has a log of its own. The names that bash looked for, in a folder of its own and with no programs at all. */
function ranBy(source: string, { dir, log }: { dir: string; log: string }): string[] {
  writeFileSync(log, '');
  const handler = `command_not_found_handle() { printf '%s\\n' "$1" >> ${log}; return 1; }\n`;
  try {
    execFileSync('/bin/bash', ['--norc', '-c', handler + source], {
      cwd: dir,
      env: { PATH: '/nonexistent' },
      stdio: 'ignore',
      timeout: 2_000,
      killSignal: 'SIGKILL',
    });
  } catch {
    // How it ends is its own affair: what it looked for stands in the log.
  }
  const found = readFileSync(log, 'utf8').split('\n');
  return [...new Set(found.filter((word) => NAMES.includes(word)))];
}
