/**
 * Words from outside of what is trusted, once they are in a session's context: what brings them there, and what is asked for from
 * then on. Somebody else may have written them to steer the model. Pure.
 */
import type { Action } from '../../shared/action.ts';
import type { Reason } from '../../shared/verdict.ts';

export interface Taint {
  source: 'dependency' | 'network';
  /** The path that was read, or the host that was reached. */
  what: string;
}

const FOLDERS =
  'node_modules|bower_components|jspm_packages|vendor|third_party|site-packages|dist-packages|\\.venv|venv|\\.tox|Pods|Carthage';
const INSIDE = new RegExp(`(?:^|/)(?:${FOLDERS})/`);
/** Their programs, started by name, are not their words. */
const NAMED = new RegExp(`(?:^|[\\s"'=:(/])((?:${FOLDERS})/(?!\\.bin/)[^\\s"';|&<>()]*)`);

/** What an action brings in that was performed; null where it is of the workspace's own. */
export function taintOf(action: Action): Taint | null {
  if (action.kind === 'read' && (action.tool === 'read_file' || action.tool === 'search_text'))
    return INSIDE.test(`${action.path}/`) ? { source: 'dependency', what: action.path } : null;
  const named = action.kind === 'command' ? NAMED.exec(action.script)?.[1] : undefined;
  return named === undefined ? null : { source: 'dependency', what: named };
}

/** What a tainted session asks for each time, whatever else allows it: all that could carry something out. */
export function taintFloor(action: Action, tainted: string): Reason[] {
  const leaves = action.kind === 'connect' || (action.kind === 'command' && action.network.mode !== 'none');
  if (tainted === '' || !leaves) return [];
  return [
    {
      rule: 'taint.context',
      layer: 'builtin',
      source: 'builtin/taint',
      decision: 'prompt',
      why: `Words from outside are in this session, which may steer the agent: ${tainted}. What could carry something out is asked for each time.`,
      about: { kind: 'none' },
    },
  ];
}
