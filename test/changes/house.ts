/** A ledger over real files, a real store and the real gate: an agent that edits unasked, a person with an editor of their own. */
import {
  chmodSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { expect, onTestFinished } from 'vitest';
import { landedChanges, stillStands, takeEdited, takeHunks } from '../../server/agent/effective.ts';
import { createChanges } from '../../server/changes/changes.ts';
import { createApprovals } from '../../server/gate/approvals.ts';
import { createGate } from '../../server/gate/gate.ts';
import { createSessionGrants } from '../../server/gate/grants.ts';
import { createTaints } from '../../server/gate/taints.ts';
import type { PathRule } from '../../server/policy/paths.ts';
import { createCommands } from '../../server/run/command.ts';
import { createRunner } from '../../server/run/perform.ts';
import { createWriter } from '../../server/run/write.ts';
import { createLooker } from '../../server/search/world.ts';
import { openStore, type Store } from '../../server/store/store.ts';
import { planChange } from '../../server/tools/change.ts';
import type { EditAction } from '../../shared/action.ts';
import type { RevertWish } from '../../shared/changes-api.ts';
import { newCallId, newTurnId, type TurnId } from '../../shared/ids.ts';
import { NO_CONFINEMENT, nowhere } from '../fixtures/confined.ts';
import { testSeals } from '../fixtures/seals.ts';
import { NO_STANDING, noRule } from '../fixtures/standing.ts';
import { tempDir } from '../fixtures/temp.ts';
import { NO_TERMINALS } from '../fixtures/terminals.ts';

export const ADA = 'user:ada/changes';

/** What the agent does to one file: text or bytes, or null for no file; `from` where it is moved. */
export interface Edit {
  path: string;
  to: string | Buffer | null;
  from?: string;
  mode?: number;
}

export type House = Awaited<ReturnType<typeof openHouse>>;

/** For one test, gone with it. */
export async function openHouse() {
  const dir = tempDir('vtcode-changes-');
  const [root, state] = [join(dir, 'work'), join(dir, 'state')];
  mkdirSync(root);
  mkdirSync(state);
  const store = await openStore(state, testSeals(state));
  onTestFinished(() => store.close());
  const { blobs, sessions } = store;
  const { gate, facts } = doorOf(root, store);
  const session = sessions.create('changes', ADA);
  const changes = createChanges({
    ...{ root, blobs, sessions, gate },
    pathRules: async () => facts.rules.paths,
    atRest: (_session, work) => work(),
  });

  const file = (path: string) => join(root, path);
  const write = (path: string, content: string | Buffer, mode = 0o644) => {
    mkdirSync(dirname(file(path)), { recursive: true });
    writeFileSync(file(path), content);
    chmodSync(file(path), mode);
  };
  const stands = (path: string) =>
    existsSync(file(path)) ? { bytes: readFileSync(file(path)), mode: statSync(file(path)).mode & 0o7777 } : null;

  /** One approved edit of the agent. */
  const agent = async (turn: TurnId, ...edits: Edit[]): Promise<void> => {
    const planned = edits.map(async ({ path, from = path, to, mode }) => {
      const before = stands(from);
      const after = to === null ? null : { bytes: Buffer.from(to), mode: mode ?? before?.mode ?? 0o644 };
      return planChange({ path, from, before, after, blobs });
    });
    const action: EditAction = { kind: 'edit', tool: 'write_file', changes: await Promise.all(planned) };
    const { signal } = new AbortController();
    const result = await gate.pass(action, { session, turn, callId: newCallId(), actor: 'agent:m', signal });
    expect(result).toMatchObject({ kind: 'done' });
  };
  const preview = (wish: Partial<RevertWish> = {}) => changes.preview({ session, scope: 'session', ...wish });
  /** Looks, and presses at once. */
  const revert = async (wish: Partial<RevertWish> = {}) => {
    const seen = await preview(wish);
    expect(seen.digest).not.toBeNull();
    await changes.revert({ session, scope: 'session', ...wish, digest: seen.digest! }, ADA);
    return seen;
  };
  return {
    ...{ root, state, store, gate, changes, session, facts, agent, preview, revert, write, file },
    turn: newTurnId,
    text: (path: string) => stands(path)?.bytes.toString() ?? null,
    remove: (path: string) => rmSync(file(path)),
    /** Every file with its content and mode, every link with where it leads. */
    tree: () => treeOf(root),
    lastRevert: async () => (await changes.read({ session, scope: 'session' })).reverts.at(-1)!.actionId,
  };
}

/** The gate in mode auto-edit, on real files. */
function doorOf(root: string, { log, blobs, sessions }: Store) {
  const rules = { tools: [], commands: [], constraints: [], paths: [] as PathRule[], hosts: [], humanInTheLoop: null };
  const facts = { rules, mode: 'auto-edit' as const, trusted: true as boolean };
  const given = { log, sessions, takeEdited, takeRule: noRule, now: Date.now };
  const gate = createGate({
    ...createRunner({
      read: () => Promise.reject(new Error('nothing is read here')),
      ...{ edit: createWriter({ root, blobs }), ...NO_TERMINALS },
      ...createCommands({ confinement: NO_CONFINEMENT, blobs, ways: nowhere(), onLost: expect.unreachable }),
    }),
    approvals: createApprovals({
      ...given,
      takeHunks: (action, hunks) => takeHunks(blobs, action, hunks),
      unchanged: (action) => stillStands(root, action),
    }),
    ...{ log, rules: NO_STANDING, grants: createSessionGrants(), taints: createTaints(log) },
    landed: (action) => landedChanges(root, action),
    live: () => undefined,
    adopting: async () => async () => undefined,
    standing: async () => facts,
    ...{ boxed: false, ...createLooker(root) },
  });
  return { gate, facts };
}

function treeOf(root: string): Record<string, string> {
  const entries = readdirSync(root, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => !entry.isDirectory()).map((entry) => join(entry.parentPath, entry.name));
  return Object.fromEntries(
    files.sort().map((path) => {
      const name = path.slice(root.length + 1);
      const facts = lstatSync(path);
      if (facts.isSymbolicLink()) return [name, `link to ${readlinkSync(path)}`];
      return [name, `${(facts.mode & 0o7777).toString(8)} ${readFileSync(path).toString('latin1')}`];
    }),
  );
}
