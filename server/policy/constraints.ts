/** Bounds that the settings put on a tool: how large a file, which hosts, which paths. */
import { type Action, pathsOf } from '../../shared/action.ts';
import type { Reason } from '../../shared/verdict.ts';
import { fits, parseGlob } from '../base/glob.ts';
import type { Constraint } from './rules.ts';
import type { World } from './world.ts';

/** A deny for each bound that the action goes beyond. */
export function beyond(action: Action, constraints: readonly Constraint[], world: World): Reason[] {
  const own = constraints.filter(({ tool }) => tool === action.tool);
  return own.flatMap((one) => {
    const why = broken(action, one, world);
    if (why === '') return [];
    const { id, layer, source } = one;
    return [{ rule: id, layer, source, decision: 'deny' as const, why, about: { kind: 'none' as const } }];
  });
}

function broken(action: Action, { bound }: Constraint, world: World): string {
  switch (bound.kind) {
    case 'bytes': {
      const most = sizesOf(action, world).reduce((a, b) => Math.max(a, b), 0);
      return most > bound.most ? `It is about a file of ${most} bytes; at most ${bound.most} are allowed here.` : '';
    }
    case 'hosts': {
      const hosts = action.kind === 'command' ? action.network.hosts : [];
      const other = hosts.find((host) => !bound.hosts.includes(host));
      if (action.kind === 'command' && action.network.mode === 'host')
        return 'It would reach any host; only some are allowed here.';
      return other === undefined
        ? ''
        : `It would reach ${other}; only ${bound.hosts.join(', ') || 'none'} is allowed here.`;
    }
    case 'paths': {
      const globs = bound.paths.map((path) => [...parseGlob(path.replace(/\/(?:\*\*)?$/, '')), 'folders' as const]);
      const other = pathsOf(action).find((path) => !globs.some((glob) => fits(glob, path.split('/'))));
      return other === undefined ? '' : `${other} is none of the paths that it may be used for here.`;
    }
  }
}

/** What stands there for a read, what would stand there for a change. */
function sizesOf(action: Action, world: World): number[] {
  if (action.kind === 'edit') return action.changes.map(({ after }) => (after.state === 'file' ? after.size : 0));
  if (action.kind !== 'read' || action.tool !== 'read_file') return [];
  const found = world.entry('.', action.path);
  return found.at === 'inside' ? [found.size] : [];
}
