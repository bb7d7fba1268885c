/** Judges what the person asks about, by the rules as they stand here, and does nothing of it. */
import { performance } from 'node:perf_hooks';
import * as z from 'zod';
import type { Action, CommandAction } from '../../shared/action.ts';
import { LIMITS } from '../../shared/limits.ts';
import type { Mode, Verdict } from '../../shared/verdict.ts';
import { parsePath } from '../base/contained-path.ts';
import { didYouMean } from '../base/nearest.ts';
import { sha256 } from '../base/hash.ts';
import { commandSettings } from '../confine.ts';
import { rulesOf } from '../gate/rules.ts';
import { builtinReason } from '../policy/findings.ts';
import { judge } from '../policy/judge.ts';
import { createLooker } from '../search/world.ts';
import { COMMAND_TOOLS, TOOLS } from '../tools/registry.ts';
import type { ToolContext } from '../tools/tool.ts';
import { usage } from './args.ts';
import type { Io } from './io.ts';
import { findPlace } from './place.ts';
import { openHere } from './sandbox.ts';
import { readSettings } from './settings.ts';

export type Asked =
  | { kind: 'script'; script: string; cwd: string }
  | { kind: 'argv'; argv: string[]; cwd: string }
  | { kind: 'tool'; tool: string; args: unknown; cwd: string };

export interface Told {
  verdict: Verdict;
  /** How long it took to judge, without reading what was asked. */
  micros: number;
}

export interface Judging {
  /** Throws a Fault of `usage` for a tool that there is not, or arguments that do not fit it. */
  judge(asked: Asked): Promise<Told>;
  /** One line of JSON. What cannot be read is never allowed, and says why. Never throws for what a line can hold. */
  line(text: string): Promise<Told>;
}

export async function openJudging(io: Io, { dir, mode }: { dir: string; mode: Mode | null }): Promise<Judging> {
  const place = await findPlace(io, dir, 'look');
  const { settings, report } = await readSettings(place);
  const rules = rulesOf(settings);
  const chosen = mode ?? settings.mode.value;
  const boxed = chosen === 'contained' && (await isBoxed(dir, io));
  const looker = createLooker(place.root);
  const facts = {
    mode: chosen,
    trusted: report.trusted,
    actor: 'agent',
    granted: false,
    standing: [],
    boxed,
    tainted: '',
  } as const;
  const commands = commandSettings(settings.sandbox);
  const context = { root: place.root, blobs: inMemory(), commands, signal: new AbortController().signal };

  const told = async (action: Action): Promise<Told> => {
    const start = performance.now();
    const verdict = await looker.look(rules.paths, (world) => judge(action, rules, { ...facts, world }));
    return { verdict, micros: Math.max(1, Math.round((performance.now() - start) * 1000)) };
  };
  const ask = async (asked: Asked): Promise<Told> => {
    if (asked.kind === 'tool') {
      const planned = await plan(asked, context);
      return 'kind' in planned ? told(planned) : { verdict: planned, micros: 1 };
    }
    const cwd = asked.cwd === '.' ? ROOT : parsePath(asked.cwd, place.root);
    if (!cwd.ok) return { verdict: unread(cwd.message), micros: 1 };
    const script = asked.kind === 'script' ? asked.script : '';
    if (asked.kind === 'script' && script.trim() === '') return { verdict: unread('The script is empty.'), micros: 1 };
    const argv = asked.kind === 'script' ? ['/bin/bash', '-c', script] : asked.argv;
    return told(commandOf({ script, argv, cwd: cwd.path }, commands));
  };
  return { judge: ask, line: (text) => judgeLine(text, ask) };
}

const ROOT = { ok: true, path: '.' } as const;

/** Whether commands here are confined by all that the sandbox has, which is what mode contained rests on. */
export async function isBoxed(dir: string, io: Io): Promise<boolean> {
  const { confinement } = await openHere(dir, io, 'read');
  try {
    return confinement.status().tier === 'full';
  } finally {
    await confinement.close();
  }
}

const commandOf = (
  what: Pick<CommandAction, 'script' | 'argv' | 'cwd'>,
  { git, network, limits }: ToolContext['commands'],
): CommandAction => ({
  kind: 'command',
  tool: 'run_command',
  env: {},
  background: false,
  git,
  network,
  limits,
  ...what,
});

/** The action that the tool would want; or, where it wants none, a verdict that says why. */
async function plan(
  { tool: name, args }: Extract<Asked, { kind: 'tool' }>,
  context: ToolContext,
): Promise<Action | Verdict> {
  const all = [...TOOLS, ...COMMAND_TOOLS];
  const tool = all.find((one) => one.name === name);
  if (!tool) {
    const names = all.map((one) => one.name);
    throw usage(`unknown tool ${JSON.stringify(name)}.${didYouMean(name, names)}`, `There are: ${names.join(', ')}`);
  }
  const parsed = tool.input.safeParse(args);
  if (!parsed.success)
    throw usage(`the arguments do not fit ${name}: ${z.prettifyError(parsed.error)}`, 'Mend --args.');
  const planned = await tool.plan(parsed.data, context);
  switch (planned.kind) {
    case 'action':
      return planned.action;
    case 'plan':
      return of(builtinReason('plan.own', 'allow', 'It is a list of steps, and touches nothing.'), true);
    case 'refused':
      return of(builtinReason('tool.refused', 'deny', planned.message), true);
  }
}

const of = (reason: Verdict['reasons'][number], inspectable: boolean): Verdict => ({
  decision: reason.decision,
  reasons: [reason],
  inspectable,
  commands: [],
});

const unread = (why: string): Verdict => of(builtinReason('check.unread', 'prompt', why), false);

const words = z.array(z.string()).min(1);
const cwd = z.string().default('.');
const Line = z.union([
  z.strictObject({ script: z.string(), cwd }),
  z.strictObject({ argv: words, cwd }),
  z.strictObject({ tool: z.string(), args: z.unknown(), cwd }),
]);

async function judgeLine(text: string, ask: (asked: Asked) => Promise<Told>): Promise<Told> {
  const most = LIMITS.toolArgsBytes.value;
  if (text.length > most) return { verdict: unread(`The line is longer than the ${most} that are read.`), micros: 1 };
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return { verdict: unread('The line is not JSON.'), micros: 1 };
  }
  const line = Line.safeParse(value);
  if (!line.success)
    return {
      verdict: unread('Expected {"script"}, {"argv"} or {"tool", "args"}, with a "cwd" if need be.'),
      micros: 1,
    };
  try {
    return await ask(askedOf(line.data));
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    return { verdict: unread(error.message), micros: 1 };
  }
}

function askedOf(line: z.infer<typeof Line>): Asked {
  if ('script' in line) return { kind: 'script', ...line };
  if ('argv' in line) return { kind: 'argv', ...line };
  return { kind: 'tool', tool: line.tool, args: line.args, cwd: line.cwd };
}

/** Bytes before and after, for a plan that nobody performs. */
function inMemory(): ToolContext['blobs'] {
  const kept = new Map<string, Buffer>();
  return {
    put: async (bytes) => {
      const hash = sha256(bytes);
      kept.set(hash, Buffer.from(bytes));
      return hash;
    },
    get: async (hash) => kept.get(hash) ?? null,
    remove: async () => undefined,
  };
}
