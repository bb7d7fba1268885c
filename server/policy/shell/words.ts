/** Words: what quotes, escapes, braces and expansions leave of them, and what stays unknown. */
import type { BraceExpansionPart, DoubleQuotedChild, Word, WordPart } from 'unbash';
import { braced } from './braces.ts';
import { expansionProblem, variableOf } from './expansions.ts';
import { notBash } from './parse.ts';
import type { WordScope } from './scope.ts';
import { type Arg, text } from './script.ts';

/** A word in the making: its text, the same as a pattern, and where knowledge ends. */
interface Draft {
  text: string;
  pattern: string;
  isGlob: boolean;
  /** Nothing after this place is known; null: all is. */
  end: null | { single: boolean; secret: string };
}

const EMPTY: Draft = { text: '', pattern: '', isGlob: false, end: null };
/**
 * Bash leaves none of these in bare text: a parser that does has lost its way, as behind the parenthesis of `x=($(id))#`, and what
 * it takes for text would run.
 */
const MISREAD = /[()`;&|<>'"]|\$[\w({'"@*#?!$-]/;
/** The same where more signs are text: within `${…}`, and in the tests of `[[ … ]]`. */
const MISREAD_WITHIN = /`|\$[({]|[<>]\(/;
/** Words that one brace expansion may make. */
const MOST_WORDS = 64;

/** A word within another, or within a test: only what it holds is taken note of. */
export const visitWord = (word: Word, scope: WordScope): void => void wordsOf(word, scope, MISREAD_WITHIN);

/** The words that come of one, before names are put for patterns. */
export const argsOf = (word: Word, scope: WordScope): Arg[] => wordsOf(word, scope, MISREAD);

function wordsOf(word: Word, scope: WordScope, misread: RegExp): Arg[] {
  const { parts } = word;
  if (parts?.length === 1 && parts[0]!.type === 'ProcessSubstitution') {
    scope.enter(parts[0]!.script);
    return [{ kind: 'pipe', direction: parts[0]!.operator }];
  }
  let drafts = [EMPTY];
  let unquoted = '';
  const add = (made: readonly Draft[]) => {
    drafts = drafts.flatMap((draft) => (draft.end === null ? made.map((more) => joined(draft, more)) : [draft]));
    if (drafts.length > MOST_WORDS) drafts = [lost(drafts[0]!)];
  };
  if (parts === undefined) {
    unquoted = bareOf(word.text);
    add([literal(word.text)]);
  }
  for (const part of parts ?? []) {
    if (part.type === 'Literal' || part.type === 'Glob') unquoted += bareOf(part.text);
    else unquoted += '\0';
    add(draftsOf(part, scope));
  }
  if (misread.test(unquoted)) scope.problem(notBash('a word holds signs that are none of it'));
  const isBraced = parts?.some(({ type }) => type === 'BraceExpansion') === true;
  if (isTildeWord(unquoted) || looksBraced(unquoted)) drafts = [lost({ ...EMPTY, text: tildeOf(unquoted) })];
  return isBraced ? drafts.map(argOf) : [oneArg(drafts)];
}

/** As where no names are put for patterns and no word is parted: assignments, patterns of `case`, here-strings. */
export function valueOf(word: Word, scope: WordScope): Arg {
  const [only, ...more] = argsOf(word, scope);
  if (only === undefined || more.length > 0) return { kind: 'unknown', start: '', single: true, secret: '' };
  if (only.kind === 'glob') return text(only.text);
  return only.kind === 'unknown' ? { ...only, single: true } : only;
}

function oneArg(drafts: readonly Draft[]): Arg {
  if (drafts.length === 1) return argOf(drafts[0]!);
  const open = drafts.find(({ end, isGlob }) => end !== null || isGlob);
  return open === undefined ? { kind: 'oneOf', texts: drafts.map((draft) => draft.text) } : argOf(lost(open));
}

function argOf({ text: value, pattern, isGlob, end }: Draft): Arg {
  if (end !== null) return { kind: 'unknown', start: value, ...end };
  return isGlob && isPattern(pattern) ? { kind: 'glob', pattern, text: value } : { kind: 'text', text: value };
}

/** A bracket that never closes is one, and no set. */
const isPattern = (pattern: string) => /[*?]|\[[^]*\]/.test(bareOf(pattern));

const lost = (draft: Draft): Draft => ({ ...draft, end: { single: false, secret: '' } });

const joined = (a: Draft, b: Draft): Draft => ({
  text: a.text + b.text,
  pattern: a.pattern + b.pattern,
  isGlob: a.isGlob || b.isGlob,
  end: b.end,
});

function draftsOf(part: WordPart, scope: WordScope): Draft[] {
  switch (part.type) {
    case 'Literal':
      return [literal(part.text)];
    case 'Glob':
      return [globDraft(part, scope)];
    case 'SingleQuoted':
      return [quoted(part.value)];
    case 'AnsiCQuoted':
      return CUT.test(part.text) ? [open('', true)] : [quoted(part.value)];
    case 'DoubleQuoted':
    case 'LocaleString':
      return doubleQuoted(part.parts, scope, part.type === 'LocaleString');
    case 'BraceExpansion':
      return braceDrafts(part, scope);
    case 'ExtendedGlob':
      for (const inner of part.parts ?? []) draftsOf(inner, scope);
      return [open('', false)];
    case 'ProcessSubstitution':
      scope.enter(part.script);
      return [open('', true)];
    default:
      return expansion(part, scope, false);
  }
}

/** Bash ends such a string at its NUL; which other signs it makes of these depends on its version. */
const CUT = /\\(?:0|x0|u0|U0|c|x\{)/;

function doubleQuoted(parts: readonly DoubleQuotedChild[], scope: WordScope, isTranslated: boolean): Draft[] {
  let drafts = [EMPTY];
  for (const part of parts) {
    const made = part.type === 'Literal' ? [quoted(part.value)] : expansion(part, scope, true);
    drafts = drafts.flatMap((draft) => (draft.end === null ? made.map((more) => joined(draft, more)) : [draft]));
  }
  return isTranslated ? [open('', true)] : drafts;
}

function expansion(
  part: Exclude<DoubleQuotedChild, { type: 'Literal' }>,
  scope: WordScope,
  isQuoted: boolean,
): Draft[] {
  const problem = expansionProblem(part, scope);
  if (problem !== '') scope.problem(problem);
  const variable = variableOf(part);
  if (variable === null) return [open('', isQuoted)];
  const { name, isPlain, isCount } = variable;
  if (isCount || (isPlain && scope.isNumber(name))) return [{ ...EMPTY, text: '0', end: { single: true, secret: '' } }];
  const values = isPlain ? scope.valueOf(name) : null;
  if (values !== null && (isQuoted || values.every((value) => PLAIN.test(value)))) return values.map(quoted);
  const manyWords = name === '@' || name === '*' || name.includes('[@]');
  return [open(SECRET.test(name) ? name : '', isQuoted && !manyWords)];
}

/** Neither parted nor taken as a pattern where no quotes are around it. */
const PLAIN = /^[^\s*?[\\]+$/;
const SECRET = /KEY|TOKEN|SECRET|PASS|AUTH|COOKIE|CREDENTIAL|PRIVATE/i;

const open = (secret: string, single: boolean): Draft => ({ ...EMPTY, end: { single, secret } });
const quoted = (value: string): Draft => ({ text: value, pattern: escaped(value), isGlob: false, end: null });
const escaped = (value: string) => value.replace(/[*?[\]\\]/g, '\\$&');

/** Text without quotes: a backslash takes the next sign as it is, and goes with a line break. */
function literal(raw: string): Draft {
  const value = raw.replace(/\\(\n|[^])/g, (_all, sign: string) => (sign === '\n' ? '' : sign));
  const isGlob = /[*?[]/.test(bareOf(raw));
  return { text: value, pattern: isGlob ? raw : escaped(value), isGlob, end: null };
}

const bareOf = (raw: string) => raw.replace(/\\[^]/g, '');

function globDraft(part: Extract<WordPart, { type: 'Glob' }>, scope: WordScope): Draft {
  if (part.kind !== 'bracket') return { text: part.text, pattern: part.text, isGlob: true, end: null };
  for (const inner of part.parts) draftsOf(inner, scope);
  if (!/^\[[!^]?[\w.:[\]-]+\]$/.test(part.text)) return open('', false);
  return { text: part.text, pattern: part.text, isGlob: true, end: null };
}

function braceDrafts(part: BraceExpansionPart, scope: WordScope): Draft[] {
  for (const inner of part.parts ?? []) draftsOf(inner, scope);
  const texts = braced(part.text, MOST_WORDS);
  return texts === null ? [open('', false)] : texts.map(literal);
}

/** A home: where a word begins with it, and after the signs that bash takes for an assignment's. */
const isTildeWord = (unquoted: string) => /(?:^|[=:])~/.test(unquoted);
const tildeOf = (unquoted: string) => (unquoted.startsWith('~') ? '~' : '');
const looksBraced = (unquoted: string) => /\{[^]*(?:,|\.\.)[^]*\}/.test(unquoted);
