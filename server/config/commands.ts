/** The rules for commands and the bounds of tools, from the files of one layer. */
import type { ToolPolicyFile, WorkspaceConfig } from '../../shared/config.ts';
import type { Decision } from '../../shared/verdict.ts';
import { wordsOf } from '../policy/pattern.ts';
import type { Sourced } from './parse.ts';
import type { CommandRule, FileLayer, ToolConstraint } from './settings.ts';

interface Files {
  config: Sourced<WorkspaceConfig> | null;
  policy: Sourced<ToolPolicyFile> | null;
}

type Trusted = (file: Sourced<unknown> | null) => boolean;

export function commandRules({ config, policy }: Files, layer: FileLayer, trusted: Trusted): CommandRule[] {
  const made = (
    file: Sourced<unknown>,
    rule: Pick<CommandRule, 'rule' | 'words' | 'decision' | 'source' | 'why'>,
  ): CommandRule => {
    const trustedOnly = layer === 'workspace' && rule.decision === 'allow';
    return { ...rule, layer, trustedOnly, inForce: !trustedOnly || trusted(file) };
  };
  const listed = (['allow_list', 'deny_list'] as const).flatMap((key) =>
    (config?.value.commands?.[key] ?? []).map((pattern, i) =>
      made(config!, {
        rule: `${layer}/commands.${key}.${i}`,
        words: wordsOf(pattern) ?? [],
        decision: key === 'allow_list' ? 'allow' : 'deny',
        source: config!.at(['commands', key, i]),
        why: `${WHOSE[layer]} ${key === 'allow_list' ? 'lets this run' : 'forbids this'}: ${pattern}`,
      }),
    ),
  );
  const ruled = (policy?.value.commands ?? []).map(({ id, program, args, decision, why }, i) =>
    made(policy!, {
      rule: `${layer}/${id}`,
      words: [program, ...args],
      decision,
      source: policy!.at(['commands', i]),
      why: why ?? `${WHOSE[layer]} ${SAYS[decision]}: ${[program, ...args].join(' ')}`,
    }),
  );
  // The schema and its checks have refused a pattern without words.
  return [...listed, ...ruled].filter(({ words }) => words.length > 0);
}

export function constraints(policy: Sourced<ToolPolicyFile> | null, layer: FileLayer): ToolConstraint[] {
  if (policy === null) return [];
  return Object.entries(policy.value.constraints ?? {}).flatMap(([tool, { maxBytes, hosts, paths }]) => {
    const made = (key: string, bound: ToolConstraint['bound']): ToolConstraint => ({
      rule: `${layer}/constraints.${tool}.${key}`,
      tool,
      layer,
      source: policy.at(['constraints', tool, key]),
      bound,
    });
    return [
      ...(maxBytes === undefined ? [] : [made('maxBytes', { kind: 'bytes', most: maxBytes })]),
      ...(hosts === undefined ? [] : [made('hosts', { kind: 'hosts', hosts })]),
      ...(paths === undefined ? [] : [made('paths', { kind: 'paths', paths })]),
    ];
  });
}

const WHOSE: Record<FileLayer, string> = {
  organisation: 'The organisation',
  user: "The user's own setting",
  workspace: 'The workspace',
};
const SAYS: Record<Decision, string> = { allow: 'lets this run', prompt: 'wants this asked', deny: 'forbids this' };
