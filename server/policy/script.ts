/** A script, command by command: what each would do, through whatever starts it. Decides nothing by itself. */
import { LIMITS } from '../../shared/limits.ts';
import type { Decision, Reason } from '../../shared/verdict.ts';
import { effectsOf } from './commands/match.ts';
import { builtinOf, specOf } from './commands/programs.ts';
import type { SpecText } from './commands/spec.ts';
import { type Inner, unwrap } from './commands/wrappers.ts';
import { SHELLS, WRAPPERS } from './commands/data/wrappers.ts';
import { asksAlways, asksByDefault, type Finding } from './findings.ts';
import { type Fit, fitOf } from './pattern.ts';
import { findingsOf, type Stand } from './reach.ts';
import { exactOf, leavesOthersAlone } from './exact.ts';
import type { CommandRule, Rules, Standing } from './rules.ts';
import { type Arg, shownArg, type Simple, text } from './shell/script.ts';
import { walkScript } from './shell/walk.ts';
import { answered, type Exact } from './standing.ts';
import type { World } from './world.ts';

/** One simple command with all that was found of it. */
export interface Judged {
  argv: string[];
  findings: Finding[];
  /** Null where a word of it, its place or its input is not known beforehand, or where another script starts it. */
  exact: Exact | null;
}

export interface Read {
  commands: Judged[];
  /** Why the whole could not be read to its end. */
  problems: string[];
}

export interface Around {
  rules: Pick<Rules, 'commands' | 'paths'>;
  /** Standing rules that hold for the action. */
  standing: readonly Standing[];
  world: World;
  /** Relative to the workspace; null where nobody knows. */
  cwd: string | null;
}

export function readScript(source: string, around: Around, depth = 0): Read {
  const cwds = around.cwd === null ? null : [around.cwd];
  const { commands, problems, functions, isPlain } = walkScript(source, { world: around.world, cwds, depth });
  const known = functions.find(isKnown);
  if (known !== undefined) problems.push(`It gives ${known} another meaning, by a function of that name.`);
  const canBeExact = depth === 0 && isPlain && commands.every(leavesOthersAlone);
  const reading = (standing: readonly Standing[]): Read => {
    const read: Read = { commands: [], problems: [...problems] };
    for (const command of commands) readSimple(command, { ...around, standing }, { read, depth, canBeExact });
    return read;
  };
  const read = reading(canBeExact ? around.standing : []);
  return pinsHold(read, around.standing) ? read : reading(around.standing.filter(({ rule }) => !isPinned(rule)));
}

const isPinned = (rule: Standing['rule']): boolean => rule.kind === 'command' && rule.pins.length > 0;

/** What a rule is pinned to was looked at before the script: beside a command of it nothing may run that could change that. */
function pinsHold({ commands }: Read, standing: readonly Standing[]): boolean {
  const pinned = new Set(standing.filter(({ rule }) => isPinned(rule)).map(({ id }) => `grant/${id}`));
  const uses = ({ findings }: Judged) => findings.some(({ reason }) => pinned.has(reason.rule));
  const onlyReads = ({ findings }: Judged) => findings.length === 0;
  return !commands.some(uses) || commands.every((command) => uses(command) || onlyReads(command));
}

/** A program and its words as they are, without a shell. */
export function readArgv(argv: readonly string[], around: Around): Read {
  const read: Read = { commands: [], problems: [] };
  if (argv.some((word) => HIDDEN.test(word)))
    read.problems.push('It holds characters that cannot be seen: what is shown is not what would run.');
  const cwds = around.cwd === null ? null : [around.cwd];
  const args = argv.map(text);
  const simple: Simple = {
    args,
    assigns: [],
    redirects: [],
    cwds,
    feed: null,
    isFed: false,
    source: '',
    isFunction: false,
  };
  readSimple(simple, { ...around, standing: [] }, { read, depth: 0, canBeExact: false });
  return read;
}

const HIDDEN = /[^\P{Cc}\t\n]|\p{Cf}|\p{Cs}|\p{Zl}|\p{Zp}|\uFFFD/u;

const isKnown = (name: string) =>
  builtinOf(name) !== undefined ||
  specOf(name) !== undefined ||
  Object.hasOwn(WRAPPERS, name) ||
  SHELLS.has(name) ||
  REFUSED.has(name);

interface Into {
  read: Read;
  depth: number;
  canBeExact: boolean;
}

/** Wherever it may run: all that is found anywhere counts. */
function readSimple(simple: Simple, around: Around, into: Into): void {
  const findings: Finding[] = [];
  const exact = into.canBeExact ? exactOf(simple, around) : null;
  const judged: Judged = { argv: simple.args.map(shownArg), findings, exact };
  const isShown = simple.args.length > 0;
  if (isShown) into.read.commands.push(judged);
  for (const cwd of simple.cwds ?? [null]) {
    const stand: Stand = { world: around.world, cwd, rules: around.rules.paths };
    findings.push(...besides(simple, stand));
    if (simple.args.length === 0) continue;
    const found = layersOf(simple, { ...around, stand }, into);
    findings.push(...(exact === null ? found : answered(found, exact, around.standing)));
  }
  if (!isShown && findings.length > 0) into.read.commands.push(judged);
}

/** Assignments and redirections. */
function besides({ assigns, redirects, args }: Simple, stand: Stand): Finding[] {
  const found = assigns.flatMap(({ name, why }) => {
    // How it parts the line that it reads, and nothing else.
    if (name === 'IFS' && args[0]?.kind === 'text' && args[0].text === 'read') return [];
    if (args.length > 0) return [asksByDefault('assignment', `It sets ${name} for the command, which may obey it.`)];
    return why === '' ? [] : [asksByDefault('assignment', why)];
  });
  for (const { kind, target } of redirects) {
    const shown = shownArg(target);
    if (target.kind === 'text' && /^\/dev\/(?:tcp|udp)\//.test(target.text))
      found.push(asksByDefault('network', `It would reach ${shown}.`));
    else if (kind === 'open')
      found.push(...findingsOf({ kind: 'write', path: target, into: null }, 'A redirection', stand));
    else if (kind !== 'text') found.push(...redirected(kind, target, stand));
  }
  return found;
}

function redirected(kind: 'read' | 'write', target: Arg, stand: Stand): Finding[] {
  const args = target.kind === 'glob' ? filledIn([target], stand) : [target];
  if (args?.length !== 1) return [asksByDefault('unclear', 'A redirection goes to more than one name.')];
  const effect = kind === 'read' ? { kind, path: args[0]!, below: null } : { kind, path: args[0]!, into: null };
  return findingsOf(effect, 'A redirection', stand);
}

interface Inside extends Around {
  stand: Stand;
}

/** The command, and each that it starts. A rule that allows one allows what is inside of it, as far as nobody forbids that. */
function layersOf(simple: Simple, around: Inside, into: Into): Finding[] {
  const args = filledIn(simple.args, around.stand);
  if (args === null)
    return [asksByDefault('unclear', 'More names fit a pattern than are looked at, or nobody knows which.')];
  return layer(args, { simple, around, into, wrappers: 0, isShell: true, isFed: simple.isFed });
}

interface Layer {
  simple: Simple;
  around: Inside;
  into: Into;
  wrappers: number;
  /** The shell itself looks at the name: its builtins come first. */
  isShell: boolean;
  isFed: boolean;
}

function layer(args: readonly Arg[], at: Layer): Finding[] {
  const [first] = args;
  if (first?.kind !== 'text') return [asksAlways('uninspectable', 'Which program it runs is not written down.')];
  if (at.wrappers > LIMITS.judgedWrappers.value)
    return [asksAlways('uninspectable', 'Programs start programs deeper than is followed.')];
  const program = nameOf(first.text, at);
  const explicit = explicitOf([text(program.name), ...args.slice(1)], [first, ...args.slice(1)], {
    at,
    isOurs: program.kind !== 'other',
  });
  const found = program.kind === 'other' ? [asksByDefault('unknown-program', program.why)] : known(program, args, at);
  const isAllowed = explicit.some(({ reason }) => reason.decision === 'allow');
  const kept = isAllowed ? found.filter(({ rank }) => rank !== 'default') : found;
  return [...explicit, ...kept];
}

type Named = { kind: 'builtin' | 'program'; name: string } | { kind: 'other'; name: string; why: string };

/** Which program a name stands for; one of the workspace is none that is known, whatever its name. */
function nameOf(word: string, { around, isShell, simple }: Layer): Named {
  const { world, stand } = around;
  const name = word.includes('/') ? word.slice(word.lastIndexOf('/') + 1) : word;
  if (isShell && !word.includes('/') && (builtinOf(name) || name === 'exec' || REFUSED.has(name)))
    return { kind: 'builtin', name };
  if (stand.cwd === null && word.includes('/') && !word.startsWith('/'))
    return { kind: 'other', name, why: `${word}: nobody knows which program that will be.` };
  const found = world.program(word, stand.cwd ?? '.');
  if (found.kind === 'workspace')
    return { kind: 'other', name, why: `${word} is a program of the workspace, and does whatever it holds.` };
  if (found.kind === 'stray')
    return { kind: 'other', name, why: `${word} is none of the programs of this machine that go by their names.` };
  if (simple.isFunction && isShell && found.kind === 'none' && !isKnown(name)) return { kind: 'builtin', name: ':' };
  if (isKnown(name)) return { kind: 'program', name };
  return { kind: 'other', name, why: `${visibleName(name)}: nothing is known of this program.` };
}

const visibleName = (name: string) => (/^[\w.+-]{1,60}$/.test(name) ? name : JSON.stringify(name.slice(0, 60)));

/** What changes how everything after it is read, or runs a text that is put together: nobody can say what it does. */
const REFUSED: ReadonlyMap<string, string> = new Map([
  ['eval', 'It runs a text as a script once more (eval).'],
  ['source', 'It runs a file within this shell (source).'],
  ['.', 'It runs a file within this shell (.).'],
  ['trap', 'It has a text run later (trap).'],
  ['alias', 'It gives names another meaning (alias).'],
  ['unalias', 'It gives names another meaning (unalias).'],
  ['enable', 'It changes what names mean, and can load code (enable).'],
  ['coproc', 'It starts a process beside the script (coproc).'],
  ['shopt', 'It changes how the rest of the script is read (shopt).'],
  ['complete', 'It has commands run by the shell itself.'],
  ['compgen', 'It has commands run by the shell itself.'],
  ['bind', 'It has commands run by the shell itself.'],
  ['let', 'It evaluates words as arithmetic, and those can run commands (let).'],
]);

function known(program: Exclude<Named, { kind: 'other' }>, args: readonly Arg[], at: Layer): Finding[] {
  const { name, kind } = program;
  const { around, simple } = at;
  const refused = REFUSED.get(name);
  if (refused !== undefined && kind === 'builtin') {
    at.into.read.problems.push(refused);
    return [];
  }
  const words = args.slice(1);
  const opened = unwrap([text(name), ...words], { feed: simple.feed, isFed: at.isFed });
  const say = (effects: ReturnType<typeof effectsOf>) =>
    effects.flatMap((effect) => findingsOf(effect, name, around.stand));
  if (opened !== null) return [...say(opened.effects), ...opened.inner.flatMap((inner) => started(inner, name, at))];
  const spec = (kind === 'builtin' ? builtinOf(name) : undefined) ?? specOf(name);
  if (spec === undefined)
    return [asksByDefault('unknown-program', `${visibleName(name)}: nothing is known of this program.`)];
  return [...obeyed(spec, name, around.stand), ...say(effectsOf(spec, words, at.isFed))];
}

function started(inner: Inner, by: string, at: Layer): Finding[] {
  const { around, into } = at;
  if (inner.kind === 'command') {
    const isShell = by === 'command' || by === 'builtin';
    const next = { ...at, wrappers: at.wrappers + 1, isShell, isFed: inner.isFed };
    return inner.isElsewhere ? layer(...elsewhere(inner.args, next)) : layer(inner.args, next);
  }
  if (at.wrappers >= LIMITS.judgedWrappers.value || into.depth >= LIMITS.judgedWrappers.value)
    return [asksAlways('uninspectable', 'Scripts start scripts deeper than is followed.')];
  const read = readScript(inner.source, { ...around, standing: [], cwd: around.stand.cwd }, into.depth + 1);
  into.read.problems.push(...read.problems);
  into.read.commands.push(...read.commands);
  return inner.isForeign && !COMMON.test(inner.source)
    ? [asksByDefault('unclear', `${by} could read more in these words than is seen here.`)]
    : [];
}

/** Nothing in it that another shell would expand where bash does not, or otherwise. */
const COMMON = /^(?!=)(?:[\w./:,@%+'"|&;-]=?|\s(?!=))*$/;

/** What was found is still looked for from here; the other words stand somewhere below. */
function elsewhere(args: readonly Arg[], at: Layer): [readonly Arg[], Layer] {
  const { stand } = at.around;
  const from = stand.cwd;
  const kept = args.map((arg) => (arg.kind === 'found' && from !== null ? { ...arg, from } : arg));
  return [kept, { ...at, around: { ...at.around, stand: { ...stand, cwd: null } } }];
}

/** A file that a program would obey, and a repository within the workspace: its settings may name programs. */
function obeyed({ unless, isRepository }: SpecText, name: string, { world, cwd }: Stand): Finding[] {
  const file = (unless ?? []).find((one) => [cwd ?? '.', '.'].some((at) => isThere(world, at, one)));
  if (file !== undefined)
    return [asksByDefault('runs', `${name}: It obeys ${file}, which can name another program to run.`)];
  if (!isRepository || cwd === '.') return [];
  const folders = (cwd ?? '').split('/').map((_name, i, names) => names.slice(0, i + 1).join('/'));
  const own = cwd === null || folders.some((at) => ['.git', 'HEAD'].some((one) => isThere(world, at, one)));
  return own ? [asksByDefault('runs', `${name}: It may find another repository here, and obey its settings.`)] : [];
}

function isThere(world: World, cwd: string, name: string): boolean {
  const found = world.entry(cwd, name);
  return found.at !== 'inside' || found.kind !== 'absent';
}

/** The names that fit stand for a pattern; the pattern itself where none does. Null: too many, or not known. */
function filledIn(args: readonly Arg[], { world, cwd }: Stand): Arg[] | null {
  if (!args.some(({ kind }) => kind === 'glob')) return [...args];
  const filled: Arg[] = [];
  for (const arg of args) {
    if (arg.kind !== 'glob') {
      filled.push(arg);
      continue;
    }
    const found = cwd === null ? null : world.glob(cwd, arg.pattern);
    if (found === null) return null;
    filled.push(...(found.length === 0 ? [arg.text] : found).map(text));
    if (filled.length > LIMITS.judgedWords.value) return null;
  }
  return filled;
}

interface Whose {
  at: Layer;
  /** A program of this machine, known or not: a rule's name means that one. */
  isOurs: boolean;
}

/** What the files say of it. A rule that would allow must fit wholly; one that would not needs only to be possible. */
function explicitOf(byName: readonly Arg[], asWritten: readonly Arg[], { at, isOurs }: Whose): Finding[] {
  const first = asWritten[0];
  const isPath = first?.kind === 'text' && first.text.includes('/');
  return at.around.rules.commands.flatMap((rule) => {
    const exact = rule.words[0]!.includes('/');
    const fit = fitOf(rule.words, exact ? asWritten : byName);
    const trusted = exact ? isPath : isOurs || isSystem(at, first);
    const decision = decided(rule, fit, trusted);
    return decision === null ? [] : [{ rank: rankOf(rule), reason: reasonOf(rule, decision) }];
  });
}

function isSystem({ around }: Layer, first: Arg | undefined): boolean {
  if (first?.kind !== 'text') return false;
  const found = around.world.program(first.text, around.stand.cwd ?? '.');
  return found.kind === 'system' || (found.kind === 'none' && !first.text.includes('/'));
}

function decided({ decision }: CommandRule, fit: Fit, isTrusted: boolean): Decision | null {
  if (fit === 'no') return null;
  if (decision === 'allow') return fit === 'yes' && isTrusted ? 'allow' : null;
  return fit === 'yes' ? decision : 'prompt';
}

const rankOf = ({ layer: of }: CommandRule): Finding['rank'] => (of === 'organisation' ? 'floor' : 'explicit');

const reasonOf = ({ id, layer: of, source, why }: CommandRule, decision: Decision): Reason => ({
  rule: id,
  layer: of,
  source,
  decision,
  why,
  about: { kind: 'none' },
});
