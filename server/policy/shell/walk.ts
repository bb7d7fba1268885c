/** From the tree of a script to its simple commands, whatever they stand in. What has no case here cannot be inspected. */
import type {
  AndOr,
  CommandNode,
  CompoundList,
  For,
  Function as FunctionNode,
  ParsedScript,
  Pipeline,
  Statement,
  Word,
} from 'unbash';
import { LIMITS } from '../../../shared/limits.ts';
import type { World } from '../world.ts';
import { type Cwds, changeFolder, either, type Flow, isCd, steady } from './folders.ts';
import { arithmeticProblem } from './expansions.ts';
import { notBash, parseScript } from './parse.ts';
import { redirectOf } from './redirects.ts';
import type { WordScope } from './scope.ts';
import { type Arg, type Simple, unknown, type Walked } from './script.ts';
import { simpleOf } from './simple.ts';
import { testWords } from './tests.ts';
import { assignmentProblem, type Names, namesOf } from './variables.ts';
import { argsOf, visitWord } from './words.ts';

export interface Place {
  world: World;
  cwds: Cwds;
  /** Scripts within scripts, so far. */
  depth: number;
}

/** Never throws. `cwds` is where the script starts. */
export function walkScript(source: string, place: Place): Walked {
  const parsed = parseScript(source);
  if (!parsed.ok) return { commands: [], problems: [parsed.why], functions: [], isPlain: false };
  const walker = new Walker(source, place);
  try {
    walker.script(parsed.script, place.cwds);
  } catch (error) {
    if (!(error instanceof TooMuch)) throw error;
    walker.problem(error.message);
  }
  const { commands, isPlain } = walker;
  return { commands, problems: [...walker.problems], functions: [...walker.functions], isPlain };
}

class TooMuch extends Error {}

class Walker {
  readonly commands: Simple[] = [];
  readonly problems = new Set<string>();
  isPlain = true;
  private readonly world: World;
  private readonly names: Names;
  private readonly loops = new Map<string, readonly string[]>();
  readonly functions = new Set<string>();
  /** Outermost first: of scripts whose backquotes hold escapes, the text is another one. */
  private readonly sources: string[];
  private depth: number;
  /** A command of it may change the folder. */
  private readonly canMove: boolean;

  constructor(source: string, { world, depth }: Place) {
    this.world = world;
    this.depth = depth;
    this.sources = [source];
    this.names = namesOf(source);
    this.canMove = /cd|pushd|popd/.test(source.replace(/["'\\\n]/g, '')) || source.includes("$'");
  }

  problem(why: string): void {
    this.problems.add(why);
  }

  script(script: ParsedScript, cwds: Cwds): Flow {
    const [error] = script.errors ?? [];
    if (error !== undefined) this.problem(notBash(error.message));
    if (script.source !== undefined) this.sources.push(script.source);
    const flow = this.deeper(() => this.statements(script.commands, cwds));
    if (script.source !== undefined) this.sources.pop();
    return flow;
  }

  private deeper<T>(work: () => T): T {
    if (this.depth >= LIMITS.judgedDepth.value) throw new TooMuch('It nests deeper than is judged.');
    this.depth++;
    const made = work();
    this.depth--;
    return made;
  }

  private statements(statements: readonly Statement[], start: Cwds): Flow {
    let flow = steady(start);
    for (const { command, background } of statements) {
      const before = either(flow);
      const after = this.command(command, before);
      flow = background ? steady(before) : after;
    }
    return flow;
  }

  private list(list: CompoundList, cwds: Cwds): Flow {
    return this.statements(list.commands, cwds);
  }

  private command(node: AndOr | Pipeline | CommandNode, cwds: Cwds): Flow {
    switch (node.type) {
      case 'AndOr':
        return this.andOr(node, cwds);
      case 'Pipeline':
        return this.pipeline(node, cwds);
      default:
        return this.deeper(() => this.node(node, { cwds, feed: null, isFed: false }));
    }
  }

  private andOr({ commands, operators }: AndOr, start: Cwds): Flow {
    let flow = this.command(commands[0]!, start);
    for (const [i, operator] of operators.entries()) {
      const isAnd = operator === '&&';
      const next = this.command(commands[i + 1]!, isAnd ? flow.ok : flow.fail);
      flow = isAnd
        ? { ok: next.ok, fail: merged(flow.fail, next.fail) }
        : { ok: merged(flow.ok, next.ok), fail: next.fail };
    }
    return flow;
  }

  /** Each part runs in a shell of its own: what it does to its folder ends with it. */
  private pipeline({ commands, operators, prefixes }: Pipeline, cwds: Cwds): Flow {
    let feed: Simple | null = null;
    let flow = steady(cwds);
    for (const [i, node] of commands.entries()) {
      const first = this.commands.length;
      flow = this.deeper(() => this.node(node, { cwds, feed, isFed: i > 0 }));
      // What it says of its errors would be among what it finds.
      const isWhole = node.type === 'Command' && operators[i] !== '|&' && this.commands.length > first;
      feed = isWhole ? this.commands.at(-1)! : null;
    }
    if (commands.length > 1) return steady(cwds);
    return prefixes.some(({ type }) => type === 'Negation') ? { ok: flow.fail, fail: flow.ok } : flow;
  }

  private node(node: CommandNode, at: At): Flow {
    const { cwds } = at;
    if (node.type !== 'Command' && (at.isFed || !PLAIN.has(node.type))) this.isPlain = false;
    switch (node.type) {
      case 'Command': {
        const source = this.sources.at(-1)!.slice(node.pos, node.end);
        const made = simpleOf(node, { scope: this.scope(cwds), ...at, source, functions: this.functions });
        this.keep(made);
        return isCd(made) ? changeFolder(this.world, cwds, made.args) : steady(cwds);
      }
      case 'Redirected':
        this.redirected(
          node.redirects.map((one) => redirectOf(one, this.scope(cwds))),
          at,
        );
        return this.node(node.command, at);
      case 'Subshell':
        this.list(node.body, cwds);
        return steady(cwds);
      case 'BraceGroup':
        return this.list(node.body, cwds);
      case 'If':
        return this.branches(cwds, [node, ...node.elif], node.else);
      case 'While':
        return this.loop(cwds, (start) => this.list(node.body, either(this.list(node.clause, start))));
      case 'For':
        return this.forLoop(node, cwds);
      case 'Select':
        for (const word of node.wordlist ?? []) this.words(word, cwds);
        this.sets(node.name.text, cwds);
        return this.loop(cwds, (start) => this.list(node.body, start));
      case 'ArithmeticFor':
        this.arithmetic(this.sources.at(-1)!.slice(node.pos, node.body.pos), cwds);
        return this.loop(cwds, (start) => this.list(node.body, start));
      case 'Case': {
        this.words(node.word, cwds);
        const ends = node.items.map((item) => {
          for (const pattern of item.pattern) this.words(pattern, cwds);
          return either(this.list(item.body, cwds));
        });
        return steady(ends.reduce(merged, cwds));
      }
      case 'TestCommand':
        testWords(node.expression, this.scope(cwds));
        return steady(cwds);
      case 'ArithmeticCommand':
        if (arithmeticProblem(node.body, this.scope(cwds)) !== '') this.problem(COUNTED);
        return steady(cwds);
      case 'Function':
        return this.functionNode(node, cwds);
      case 'Coproc':
        this.problem('It starts a process beside the script (coproc).');
        return steady(null);
      default:
        this.problem(`It holds ${String((node as { type: string }).type)}, which is not known here.`);
        return steady(null);
    }
  }

  private branches(
    start: Cwds,
    ways: readonly { clause: CompoundList; then: CompoundList }[],
    last: CompoundList | undefined,
  ): Flow {
    let cwds = start;
    let ends: Cwds = [];
    for (const { clause, then } of ways) {
      const asked = this.list(clause, cwds);
      ends = merged(ends, either(this.list(then, asked.ok)));
      cwds = asked.fail;
    }
    return steady(merged(ends, last ? either(this.list(last, cwds)) : cwds));
  }

  /** A body that ends in another folder would begin there the next time: then nobody knows where it runs. */
  private loop(cwds: Cwds, body: (start: Cwds) => Flow): Flow {
    const first = this.commands.length;
    const end = either(body(cwds));
    if (end !== null && cwds !== null && end.every((one) => cwds.includes(one))) return steady(cwds);
    for (const [i, made] of this.commands.entries()) if (i >= first) this.commands[i] = { ...made, cwds: null };
    return steady(null);
  }

  private forLoop({ name, wordlist, body }: For, cwds: Cwds): Flow {
    const words = (wordlist ?? []).flatMap((word) => this.words(word, cwds));
    const texts = wordlist === undefined ? null : this.expanded(words, cwds);
    this.sets(name.text, cwds);
    const before = this.loops.get(name.text);
    const isKnown = texts !== null && this.names.isLoopOnly(name.text);
    if (isKnown) this.loops.set(name.text, texts);
    else this.loops.delete(name.text);
    const flow = this.loop(cwds, (start) => this.list(body, start));
    if (before === undefined) this.loops.delete(name.text);
    else this.loops.set(name.text, before);
    return flow;
  }

  /** Every word that a loop goes through, or null where one is not known. */
  private expanded(words: readonly Arg[], cwds: Cwds): readonly string[] | null {
    const texts: string[] = [];
    for (const word of words) {
      if (word.kind === 'text') texts.push(word.text);
      else if (word.kind === 'oneOf') texts.push(...word.texts);
      else if (word.kind !== 'glob' || cwds?.length !== 1) return null;
      else {
        const found = this.world.glob(cwds[0]!, word.pattern);
        if (found === null) return null;
        texts.push(...(found.length === 0 ? [word.text] : found));
      }
    }
    return texts.length > LIMITS.judgedWords.value ? null : [...new Set(texts)];
  }

  /** Where and with which variables it is called is not known. */
  private functionNode({ name, body }: FunctionNode, cwds: Cwds): Flow {
    if (name.parts !== undefined || !/^\w+$/.test(name.text))
      this.problem('It defines a function without a plain name.');
    const loops = [...this.loops];
    this.loops.clear();
    if (body.type === 'CompoundList') this.problem(notBash('a function without its body'));
    else this.node(body, { cwds: this.canMove ? null : cwds, feed: null, isFed: false });
    for (const [key, value] of loops) this.loops.set(key, value);
    this.functions.add(name.text);
    return steady(cwds);
  }

  private arithmetic(text: string, cwds: Cwds): void {
    const body = /\(\(([^]*)\)\)/.exec(text)?.[1];
    const parts = body?.split(';') ?? [];
    if (parts.length !== 3 || parts.some((part) => arithmeticProblem(part, this.scope(cwds)) !== ''))
      this.problem(COUNTED);
  }

  private redirected(redirects: Simple['redirects'], { cwds, feed, isFed }: At): void {
    this.keep({ args: [], assigns: [], redirects, cwds, feed, isFed, source: '', isFunction: false });
  }

  /** A loop sets its variable as an assignment does. */
  private sets(name: string, cwds: Cwds): void {
    const why = assignmentProblem(name);
    if (why === '') return;
    const assigns = [{ name, value: unknown(), why }];
    this.keep({ args: [], assigns, redirects: [], cwds, feed: null, isFed: false, source: '', isFunction: false });
  }

  private words(word: Word, cwds: Cwds): Arg[] {
    return argsOf(word, this.scope(cwds));
  }

  private keep(made: Simple): void {
    if (this.commands.length >= LIMITS.judgedCommands.value)
      throw new TooMuch(`It holds more than ${LIMITS.judgedCommands.value} commands.`);
    this.commands.push(made);
  }

  private scope(cwds: Cwds): WordScope {
    const scope: WordScope = {
      valueOf: (name) => this.loops.get(name) ?? null,
      isNumber: (name) => this.names.isNumber(name) || this.loops.get(name)?.every((one) => /^\d+$/.test(one)) === true,
      enter: (script) => {
        this.isPlain = false;
        if (script === undefined) this.problem(notBash('a substitution without its end'));
        else this.script(script, cwds);
      },
      visit: (word) => visitWord(word, scope),
      problem: (why) => this.problem(why),
    };
    return scope;
  }
}

interface At {
  cwds: Cwds;
  feed: Simple | null;
  isFed: boolean;
}

/** What groups commands and gives them no input of its own. */
const PLAIN: ReadonlySet<string> = new Set(['Subshell', 'BraceGroup']);

const COUNTED = 'Arithmetic evaluates what it holds: a value in it could run a command.';

const merged = (a: Cwds, b: Cwds): Cwds => either({ ok: a, fail: b });
