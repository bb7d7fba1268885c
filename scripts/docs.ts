/** Writes the tables of docs/ from what is in force: events, shapes, endpoints, settings, limits. `npm run docs` */
import { readFile, writeFile } from 'node:fs/promises';
import { fileURLToPath, pathToFileURL } from 'node:url';
import * as z from 'zod';
import { COMMANDS, type CommandSpec } from '../server/cli/spec.ts';
import { API } from '../shared/api.ts';
import { OrganisationConfig, ToolPolicyFile, UserConfig, WorkspaceConfig } from '../shared/config.ts';
import { EVENT_DATA, LiveEvent } from '../shared/event.ts';
import { LIMITS } from '../shared/limits.ts';
import { API_WORDS } from './docs/api-words.ts';
import { EVENT_WORDS, LIVE_WORDS } from './docs/event-words.ts';
import { SCHEMAS } from './docs/schemas.ts';
import { NAMES, SHAPES } from './docs/names.ts';
import { POLICY_WORDS, SETTING_WORDS } from './docs/setting-words.ts';
import { envelopeTable, fieldTable, typeTable } from './docs/siem.ts';
import { fieldsOf, shapeOf } from './docs/shape.ts';

const DOCS = new URL('../docs/', import.meta.url);

/** What stands between `<!-- generated NAME -->` and `<!-- end -->`, by the page and the name. */
const BLOCKS: Record<string, Record<string, () => string>> = {
  'events.md': { events: eventTable, live: liveTable },
  'api.md': { api: apiTable, shapes: shapeList },
  'configuration.md': { settings: settingTable, policy: policyTable },
  'limits.md': { limits: limitTable },
  'cli.md': { commands: commandList },
  'siem.md': {
    envelope: () => envelopeTable(table),
    fields: () => fieldTable(table),
    types: () => typeTable(table),
  },
};

/** Each page with its blocks as they ought to be, by its name. */
export async function renderDocs(): Promise<Map<string, { now: string; wanted: string }>> {
  const pages = new Map<string, { now: string; wanted: string }>();
  for (const [page, blocks] of Object.entries(BLOCKS)) {
    const now = await readFile(new URL(page, DOCS), 'utf8');
    const wanted = Object.entries(blocks).reduce(
      (text, [name, make]) => fill(text, { page, name, block: make() }),
      now,
    );
    pages.set(page, { now, wanted });
  }
  for (const [page, make] of Object.entries(SCHEMAS)) {
    const now = await readFile(new URL(page, DOCS), 'utf8').catch(() => '');
    pages.set(page, { now, wanted: make() });
  }
  return pages;
}

function fill(text: string, { page, name, block }: { page: string; name: string; block: string }): string {
  const [start, end] = [`<!-- generated ${name} -->\n`, '<!-- end -->'];
  const from = text.indexOf(start);
  const to = text.indexOf(end, from);
  if (from < 0 || to < 0) throw new Error(`docs/${page} has no place for its table: ${start.trim()} … ${end}`);
  return `${text.slice(0, from + start.length)}\n${block}\n\n${text.slice(to)}`;
}

function eventTable(): string {
  const rows = Object.entries(EVENT_DATA).map(([type, schema]) => {
    const words = EVENT_WORDS[type as keyof typeof EVENT_DATA]; // its keys are those of EVENT_DATA
    return [`\`${type}\``, words, code(fields(schema))];
  });
  return table(['event', 'says', 'data'], rows);
}

function liveTable(): string {
  const rows = LiveEvent.options.map((schema) => {
    const [type] = schema.shape.type.values;
    if (type === undefined) throw new Error('a live event has a type');
    return [`\`${type}\``, LIVE_WORDS[type], code(fields(schema, ['type']))];
  });
  return table(['live event', 'says', 'data'], rows);
}

function apiTable(): string {
  const rows = Object.entries(API).map(([name, endpoint]) => {
    const words = API_WORDS[name as keyof typeof API]; // its keys are those of API
    const query = fields(endpoint.query);
    const body = shapeOf(endpoint.body, NAMES);
    const takes = [query === '' ? '' : `query ${code(query)}`, body === 'nothing' ? '' : code(body)].join('');
    const answers = endpoint.response instanceof z.ZodUnknown ? 'a stream' : code(shapeOf(endpoint.response, NAMES));
    return [`\`${endpoint.method} ${endpoint.path}\``, words, takes, `${endpoint.status} ${answers}`];
  });
  return table(['endpoint', 'does', 'takes', 'answers'], rows);
}

function shapeList(): string {
  return Object.entries(SHAPES)
    .map(([name, { schema, says }]) => `- **${name}**: ${says}. ${code(describeShape(schema))}`)
    .join('\n');
}

/** The shape itself, not its own name. */
function describeShape(schema: z.core.$ZodType): string {
  return shapeOf(schema, new Map([...NAMES].filter(([named]) => named !== schema)));
}

function settingTable(): string {
  const workspace = new Set(settingsOf(WorkspaceConfig).map(([key]) => key));
  const theirs = new Set(settingsOf(OrganisationConfig).map(([key]) => key));
  const rows = settingsOf(UserConfig).map(([key, shape]) => {
    const words = wordsFor(SETTING_WORDS, key);
    return [
      `\`${key}\``,
      words.does,
      code(shape),
      words.without,
      workspace.has(key) ? 'everywhere' : theirs.has(key) ? 'your own config, the organisation’s' : 'your own config',
    ];
  });
  return table(['setting', 'does', 'value', 'without it', 'may stand in'], rows);
}

function policyTable(): string {
  const rows = settingsOf(ToolPolicyFile).map(([key, shape]) => {
    const words = wordsFor(POLICY_WORDS, key);
    return [`\`${key}\``, words.does, code(shape), words.without];
  });
  return table(['key', 'does', 'value', 'without it'], rows);
}

/** What a person's own key in a map is called. */
const KEYS: readonly [of: RegExp, called: string][] = [
  [/^providers$/, 'NAME'],
  [/\.headers/, 'HEADER'],
  [/./, 'TOOL'],
];

/** Every key with its shape. A map's keys are the person's: `policies.TOOL`, `providers.NAME.kind`. */
function settingsOf(schema: z.core.$ZodType, prefix = ''): [key: string, shape: string][] {
  const plain = schema instanceof z.ZodOptional ? schema.unwrap() : schema;
  if (plain instanceof z.ZodObject) {
    const entries: [string, z.core.$ZodType][] = Object.entries(plain.shape);
    return entries.flatMap(([name, field]) => settingsOf(field, prefix === '' ? name : `${prefix}.${name}`));
  }
  if (plain instanceof z.ZodRecord) {
    const held = plain.valueType;
    return settingsOf(held, `${prefix}.${KEYS.find(([of]) => of.test(prefix))![1]}`);
  }
  return [[prefix, shapeOf(plain, new Map())]];
}

function wordsFor<T>(words: Record<string, T>, key: string): T {
  const found = words[key];
  if (!found) throw new Error(`The setting ${key} has no words: add them to scripts/docs/setting-words.ts`);
  return found;
}

function commandList(): string {
  const specs: readonly CommandSpec[] = COMMANDS;
  return specs
    .map(({ name, args, summary, flags: own }) => {
      const rows = own.map(({ name: flag, value, help }) => [
        code(`--${flag}${value === '' ? '' : ` ${value}`}`),
        help,
      ]);
      const title = `### \`vtcode ${[name, ...args].join(' ')}\`\n\n${summary}.`;
      return rows.length === 0 ? title : `${title}\n\n${table(['flag', 'does'], rows)}`;
    })
    .join('\n\n');
}

function limitTable(): string {
  const rows = Object.entries(LIMITS).map(([name, { value, unit, why }]) => [
    `\`${name}\``,
    quantity(value, unit),
    why,
  ]);
  return table(['limit', 'value', 'why'], rows);
}

function quantity(value: number, unit: string): string {
  if (unit === 'bytes' && value % (1024 * 1024) === 0) return `${value / (1024 * 1024)} MiB`;
  if (unit === 'bytes' && value % 1024 === 0) return `${value / 1024} KiB`;
  if (unit === 'ms' && value % 3_600_000 === 0) return `${value / 3_600_000} h`;
  if (unit === 'ms' && value % 1000 === 0) return `${value / 1000} s`;
  return `${value.toLocaleString('en-US')}${unit === 'count' ? '' : ` ${unit}`}`;
}

const fields = (schema: z.core.$ZodType, without: string[] = []) =>
  fieldsOf(schema, NAMES)
    .filter(([name]) => !without.includes(name))
    .map(([name, shape]) => `${name}: ${shape}`)
    .join(', ');

const code = (text: string) => (text === '' ? '' : `\`${text}\``);

function table(head: string[], rows: string[][]): string {
  const line = (cells: string[]) => `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n');
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href)
  for (const [page, { wanted }] of await renderDocs()) await writeFile(fileURLToPath(new URL(page, DOCS)), wanted);
