/** A recorded list of turns, as `--script FILE` takes it: its format, and the reading of it. */
import { constants } from 'node:fs';
import { open } from 'node:fs/promises';
import * as z from 'zod';
import { LIMITS } from '../../shared/limits.ts';
import { StopReason, Usage } from '../../shared/message.ts';
import { Fault } from '../base/fault.ts';

const ErrorCode = z.enum([
  'auth',
  'rate_limited',
  'overloaded',
  'server',
  'cut',
  'network',
  'bad_request',
  'too_long',
  'malformed',
]);

const Call = z.strictObject({
  name: z.string(),
  /** An object is sent as JSON; a text is sent as it is, well formed or not. */
  args: z.union([z.record(z.string(), z.json()), z.string()]).default({}),
  id: z.string().optional(),
});

const wait = z.int().min(0).max(60_000);

/** One answer of the model: reasoning, then text, then calls; last the error, where there is one. */
export const ScriptTurn = z.strictObject({
  reasoning: z.string().optional(),
  text: z.string().optional(),
  calls: z.array(Call).optional(),
  usage: Usage.optional(),
  stop: StopReason.optional(),
  /** Characters in one piece of the stream. Left out: all at once. */
  chunk: z.int().min(1).optional(),
  /** Milliseconds before each piece. */
  delayMs: wait.optional(),
  /** `times`: how often the same request meets it before it is answered; left out: always. */
  error: z
    .strictObject({
      code: ErrorCode,
      message: z.string().optional(),
      retryAfterMs: z.int().min(0).optional(),
      times: z.int().min(1).optional(),
    })
    .optional(),
});
export type ScriptTurn = z.infer<typeof ScriptTurn>;

const index = z.int();
const RawEvent = z.discriminatedUnion('type', [
  z.strictObject({ type: z.literal('text'), text: z.string() }),
  z.strictObject({ type: z.literal('reasoning'), text: z.string() }),
  z.strictObject({
    type: z.literal('reasoning.end'),
    opaque: z.strictObject({ provider: z.string(), data: z.string(), redacted: z.boolean() }).nullable(),
  }),
  z.strictObject({ type: z.literal('call.start'), index, id: z.string(), name: z.string() }),
  z.strictObject({ type: z.literal('call.args'), index, text: z.string() }),
  z.strictObject({ type: z.literal('usage'), usage: Usage }),
  z.strictObject({ type: z.literal('end'), stop: StopReason }),
]);

/** The events of a stream as they are to come, in any order and with any gap. */
const RawTurn = z.strictObject({ raw: z.array(RawEvent), delayMs: wait.optional() });
export type RawTurn = z.infer<typeof RawTurn>;

const Outline = z.strictObject({
  version: z.literal(1),
  name: z
    .string()
    .regex(/^[\w .-]{1,60}$/, 'expected 1 to 60 letters, digits, spaces, dots, dashes')
    .optional(),
  turns: z.array(z.unknown()).min(1),
});

export interface Script {
  name: string;
  turns: (ScriptTurn | RawTurn)[];
}

/** Throws a Fault that says which file, which turn, what was expected and what came. */
export async function readScript(path: string): Promise<Script> {
  return parseScript(await readBounded(path), path);
}

export function parseScript(text: string, path: string): Script {
  const outline = checked(Outline, json(text, path), { path, at: [] });
  const turns = outline.turns.map((turn, at) => {
    const isRaw = typeof turn === 'object' && turn !== null && 'raw' in turn;
    return checked<ScriptTurn | RawTurn>(isRaw ? RawTurn : ScriptTurn, turn, { path, at: ['turns', at] });
  });
  return { name: outline.name ?? 'script', turns };
}

const HINT =
  'A script is JSON: {"version": 1, "turns": [{"text": "…", "calls": [{"name": "read_file", "args": {"path": "…"}}]}]}.';
const fault = (message: string, hint = HINT) => new Fault({ status: 400, code: 'bad_script', message, hint });

async function readBounded(path: string): Promise<string> {
  const most = LIMITS.scriptBytes.value;
  let file;
  try {
    file = await open(path, constants.O_RDONLY | constants.O_NONBLOCK); // a pipe without a writer would block
  } catch (error) {
    throw fault(
      `The script ${path} could not be opened: ${error instanceof Error ? error.message : String(error)}.`,
      'Give the path of a file that you can read.',
    );
  }
  try {
    const stat = await file.stat();
    if (!stat.isFile()) throw fault(`The script ${path} is no plain file.`);
    if (stat.size > most)
      throw fault(`The script ${path} has ${stat.size} bytes; the most is ${most}.`, 'Split it into several scripts.');
    return await file.readFile('utf8');
  } finally {
    await file.close();
  }
}

function json(text: string, path: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw fault(`The script ${path} is not JSON: ${error instanceof Error ? error.message : String(error)}.`);
  }
}

function checked<Shape>(
  schema: z.ZodType<Shape>,
  value: unknown,
  where: { path: string; at: (string | number)[] },
): Shape {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const issues = parsed.error.issues
    .slice(0, 5)
    .map((issue) => `${placeOf([...where.at, ...issue.path])}: ${issue.message}`);
  throw fault(`The script ${where.path} does not fit. ${issues.join('; ')}.`);
}

/** `turns[2].calls[0].args` */
function placeOf(path: PropertyKey[]): string {
  if (path.length === 0) return 'the whole of it';
  return path
    .map((key, at) => (typeof key === 'number' ? `[${key}]` : at === 0 ? String(key) : `.${String(key)}`))
    .join('');
}
