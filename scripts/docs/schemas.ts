/** JSON Schemas, made from what is read and recorded with: of the settings files for editors, of events for who takes them in. */
import * as z from 'zod';
import { ToolPolicyFile, UserConfig, WorkspaceConfig } from '../../shared/config.ts';
import { Envelope, EVENT_DATA, type EventType } from '../../shared/event.ts';
import { EVENT_WORDS } from './event-words.ts';

/** By their path below docs/. */
export const SCHEMAS: Record<string, () => string> = {
  'schema/tool-policy.schema.json': () => schemaText(ToolPolicyFile, 'tool-policy.json of vtcode'),
  'schema/vtcode.schema.json': () => schemaText(WorkspaceConfig, 'vtcode.toml of a workspace, or of the organisation'),
  'schema/config.schema.json': () => schemaText(UserConfig, "config.toml of a person's own vtcode"),
  'schema/event.schema.json': () => eventText('A recorded event of vtcode, version 1'),
};

/** Whole events, one shape a type: the envelope with its `type` and the `data` that goes with it. */
function eventSchema(): z.ZodType {
  const [first, ...rest] = Object.entries(EVENT_DATA).map(([type, data]) =>
    Envelope.extend({ type: z.literal(type), data }).describe(EVENT_WORDS[type as EventType]),
  );
  if (first === undefined) throw new Error('there are events');
  return z.union([first, ...rest]);
}

function schemaText(schema: z.ZodType, title: string): string {
  const { $schema, ...rest } = z.toJSONSchema(schema, { io: 'input' });
  return `${JSON.stringify({ $schema, title, ...rest }, null, 2)}\n`;
}

/** What many events have in common is told once; what is short is told where it stands. */
function eventText(title: string): string {
  const { $schema, $defs = {}, ...rest } = z.toJSONSchema(eventSchema(), { io: 'input', reused: 'ref' });
  const short = new Map(Object.entries($defs).filter(([, def]) => JSON.stringify(def).length <= SHORT));
  const set = (value: unknown): unknown => {
    if (Array.isArray(value)) return value.map(set);
    if (typeof value !== 'object' || value === null) return value;
    const told = '$ref' in value ? short.get(String(value.$ref).replace('#/$defs/', '')) : undefined;
    if (told !== undefined) return set(told);
    return Object.fromEntries(Object.entries(value).map(([key, held]) => [key, set(held)]));
  };
  const long = Object.fromEntries(Object.entries($defs).filter(([name]) => !short.has(name)));
  return `${JSON.stringify({ $schema, title, ...(set({ ...rest, $defs: long }) as object) }, null, 2)}\n`;
}

const SHORT = 120;
