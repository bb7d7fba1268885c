/** What a schema cannot say of a settings file: names of tools, what a layer may not do, addresses that may not be used. */
import { TOOL_NAMES, type ToolPolicyFile, type UserConfig, type WorkspaceConfig } from '../../shared/config.ts';
import { parsePattern } from '../base/host-pattern.ts';
import type { Decision } from '../../shared/verdict.ts';
import { didYouMean } from '../base/nearest.ts';
import { named, type Problem, show } from './problems.ts';
import { checkCommands, checkDecision, checkLists } from './check-commands.ts';
import { checkOtlp } from './check-otlp.ts';
import { baseUrlProblem } from './check-url.ts';
import type { FileLayer } from './settings.ts';

export function checkConfig(layer: FileLayer, config: WorkspaceConfig | UserConfig): Problem[] {
  const fallback = config.tools?.default_policy;
  return [
    ...checkRules(layer, config.tools?.policies ?? {}, ['tools', 'policies']),
    ...checkLists(layer, config.commands ?? {}),
    ...(fallback === undefined ? [] : checkDecision(layer, fallback, ['tools', 'default_policy'])),
    ...(config.agent?.instructions ?? []).flatMap((path, i) => checkInside(path, ['agent', 'instructions', i])),
    ...(config.sandbox?.hosts ?? []).flatMap((text, i) => checkHost(text, ['sandbox', 'hosts', i])),
    ...(config.sandbox?.read_roots ?? []).flatMap((path, i) => checkAbsolute(path, ['sandbox', 'read_roots', i])),
    ...('providers' in config ? checkProviders(config.providers ?? {}) : []),
    ...('audit' in config && config.audit?.otlp !== undefined ? checkOtlp(config.audit.otlp) : []),
  ];
}

export const checkPolicy = (layer: FileLayer, file: ToolPolicyFile): Problem[] => [
  ...checkRules(layer, file.policies ?? {}, ['policies']),
  ...checkTools(Object.keys(file.constraints ?? {}), ['constraints']),
  ...checkCommands(layer, file.commands ?? []),
  ...(file.requireExplicit === undefined || layer === 'organisation' ? [] : [NOT_THEIRS]),
];

const NOT_THEIRS: Problem = {
  path: ['requireExplicit'],
  at: 'key',
  message:
    "`requireExplicit` stands only in the organisation's file; here it is `security.human_in_the_loop` of the settings.",
};

function checkRules(layer: FileLayer, rules: Record<string, Decision>, path: readonly string[]): Problem[] {
  return Object.entries(rules).flatMap(([tool, decision]) => {
    const at = [...path, tool];
    const unknown = checkTools([tool], path);
    return unknown.length > 0 ? unknown : checkDecision(layer, decision, at);
  });
}

/** A rule for a name that nothing has would hold for nothing: a mistyped `deny` must not pass for one. */
function checkTools(tools: readonly string[], path: readonly string[]): Problem[] {
  return tools
    .filter((tool) => !(TOOL_NAMES as readonly string[]).includes(tool))
    .map((tool) => {
      const meant = didYouMean(tool, TOOL_NAMES) || ` Known: ${TOOL_NAMES.join(', ')}.`;
      return { path: [...path, tool], at: 'key', message: `unknown tool ${named(tool)}.${meant}` } as const;
    });
}

function checkInside(path: string, at: readonly PropertyKey[]): Problem[] {
  // As trust lists it: a second way to write a name would be a second name.
  const isPlain = path.split('/').every((name) => name !== '' && name !== '.' && name !== '..') && !/[\\\0]/.test(path);
  const message = `expected a plain path below the workspace, such as docs/AGENTS.md, came ${show(path)}.`;
  return isPlain ? [] : [{ path: at, at: 'value', message }];
}

function checkHost(text: string, at: readonly PropertyKey[]): Problem[] {
  const parsed = parsePattern(text);
  if (parsed.ok) return [];
  const message = `expected a host such as example.org, *.example.org or example.org:8080, came ${show(text)}: ${parsed.why}.`;
  return [{ path: at, at: 'value', message }];
}

function checkAbsolute(path: string, at: readonly PropertyKey[]): Problem[] {
  const names = path.slice(1).split('/');
  const isPlain = path.startsWith('/') && names.every((name) => name !== '' && name !== '.' && name !== '..');
  if (isPlain && !path.includes('\0')) return [];
  return [{ path: at, at: 'value', message: `expected an absolute path such as /opt/data, came ${show(path)}.` }];
}

function checkProviders(providers: NonNullable<UserConfig['providers']>): Problem[] {
  return Object.entries(providers).flatMap(([name, provider]) => {
    const at = ['providers', name];
    const problems: Problem[] = [];
    if (provider.api_key_env !== undefined && provider.api_key_command !== undefined) {
      const message = 'expected one of `api_key_env` and `api_key_command`, came both.';
      problems.push({ path: [...at, 'api_key_command'], at: 'key', message });
    }
    const program = provider.api_key_command?.[0];
    if (program !== undefined && !program.startsWith('/')) {
      const message = `expected the absolute path of a program, came ${show(program)}: what a name on PATH means can change.`;
      problems.push({ path: [...at, 'api_key_command'], at: 'value', message });
    }
    const wrong = provider.base_url === undefined ? '' : baseUrlProblem(provider.base_url);
    if (wrong !== '') problems.push({ path: [...at, 'base_url'], at: 'value', message: `${wrong}.` });
    return problems;
  });
}
