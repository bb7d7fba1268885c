/** The policy as the person asks about it on the page: its rules, one command judged, another policy tried, standing rules. */
import { performance } from 'node:perf_hooks';
import { join } from 'node:path';
import type { Action, CommandAction } from '../shared/action.ts';
import type { ApprovalId, SessionId } from '../shared/ids.ts';
import type { Checked } from '../shared/policy-api.ts';
import type { Mode } from '../shared/verdict.ts';
import { parsePath } from './base/contained-path.ts';
import { Fault } from './base/fault.ts';
import { loadLayers, ORGANISATION, parsePolicy, type Layers } from './config/layers.ts';
import { policyRules } from './config/report.ts';
import { resolveSettings } from './config/resolve.ts';
import type { IsTrusted } from './config/settings.ts';
import { workspaceFiles } from './config/workspace-file.ts';
import { commandSettings } from './confine.ts';
import { simulate, type ReplayDeps } from './gate/replay.ts';
import { rulesOf } from './gate/rules.ts';
import type { StandingRules } from './gate/standing.ts';
import { judge, trailOf } from './policy/judge.ts';
import type { Rules } from './policy/rules.ts';
import type { PolicyPort } from './routes/deps.ts';
import { trustedBy } from './trust/trust.ts';
import type { WorkspaceState } from './workspace.ts';

export interface DeskDeps {
  root: string;
  configDir: string;
  workspace: WorkspaceState;
  rules: StandingRules;
  /** What a request that waits is about. Throws a Fault where it does not wait. */
  waiting(id: ApprovalId): { action: Action; session: SessionId | null };
  replay: ReplayDeps;
}

export function createDesk(deps: DeskDeps): PolicyPort {
  const { workspace, rules, replay } = deps;
  return {
    async report() {
      const { settings, mode, trusted } = await workspace.standing();
      const { user } = await layersOf(deps);
      const file = join(deps.configDir, 'tool-policy.json');
      const text = `${JSON.stringify(user.policy?.value ?? EMPTY, null, 2)}\n`;
      return { mode, trusted, rules: policyRules(settings), own: { file, text } };
    },
    check: (asked) => check(deps, asked),
    async simulate(policy, session) {
      const isTrusted = trustedBy(await workspace.trust());
      return simulate(replay, {
        rules: rulesUnder(await layersOf(deps), { file: 'tool-policy.json', text: policy }, isTrusted),
        session,
      });
    },
    async previewRule(id, wish) {
      const { action, session } = deps.waiting(id);
      return rules.preview(action, { wish, session });
    },
    grants: () => rules.list(),
    revoke: (id, actor) => rules.revoke(id, actor),
  };
}

const EMPTY = { version: 1, policies: {}, commands: [] };

const layersOf = ({ root, configDir }: Pick<DeskDeps, 'root' | 'configDir'>): Promise<Layers> =>
  loadLayers({ organisation: ORGANISATION, configDir, workspaceFile: workspaceFiles(root) });

/** The rules with this text in place of the user's own tool-policy.json. Throws a Fault with file:line where it is none. */
export function rulesUnder(
  layers: Layers,
  { file, text }: { file: string; text: string },
  isTrusted: IsTrusted,
): Rules {
  const policy = parsePolicy('user', file, Buffer.from(text));
  return rulesOf(resolveSettings({ ...layers, user: { ...layers.user, policy } }, isTrusted));
}

async function check(
  { root, workspace, replay, rules: own }: DeskDeps,
  { script, cwd, mode: asked }: { script: string; cwd: string; mode: Mode | null },
): Promise<Checked> {
  const { rules, mode, trusted, settings } = await workspace.standing();
  const folder = parsePath(cwd, root);
  if (!folder.ok) throw new Fault({ status: 422, code: folder.code, message: folder.message });
  const { git, network, limits } = commandSettings(settings.sandbox);
  const action: CommandAction = {
    ...{ kind: 'command', tool: 'run_command', script, argv: ['/bin/bash', '-c', script], cwd: folder.path },
    ...{ env: {}, git, network, limits, background: false },
  };
  const standing = trusted ? await own.holding(null, action) : [];
  const facts = {
    mode: asked ?? mode,
    trusted,
    actor: 'agent',
    granted: false,
    standing,
    boxed: replay.boxed,
    tainted: '',
  } as const;
  const start = performance.now();
  const judged = await replay.look(rules.paths, (world) => ({
    verdict: judge(action, rules, { ...facts, world }),
    parts: trailOf(action, rules, { ...facts, world }),
  }));
  return { ...judged, micros: Math.max(1, Math.round((performance.now() - start) * 1000)) };
}
