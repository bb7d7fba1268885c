/** What lets an action run is taken away while it is judged: then it does not run by it. */
import { describe, expect, it } from 'vitest';
import type { Approvals } from '../../server/gate/approvals.ts';
import { createGate } from '../../server/gate/gate.ts';
import { createSessionGrants } from '../../server/gate/grants.ts';
import type { Asker } from '../../server/gate/proposal.ts';
import { createStandingRules } from '../../server/gate/standing.ts';
import { createTaints } from '../../server/gate/taints.ts';
import { createRunner } from '../../server/run/perform.ts';
import { createLooker } from '../../server/search/world.ts';
import type { GrantRule } from '../../shared/grant.ts';
import { newApprovalId, newCallId, newGrantId, newTurnId } from '../../shared/ids.ts';
import { command } from '../fixtures/command.ts';
import { NO_RULES, workspace } from '../fixtures/judged.ts';
import { tempStore } from '../fixtures/store.ts';
import { NO_TERMINALS } from '../fixtures/terminals.ts';

const ADA = 'user:ada/gate';
const RULE: GrantRule = {
  kind: 'command',
  words: [
    { kind: 'word', text: 'touch' },
    { kind: 'word', text: 'made' },
  ],
  program: 'machine',
  cwd: '.',
  network: 'none',
  lifts: ['writes'],
  pins: [],
};

/** `meanwhile` is called once, after the first judgement and before anybody learns of it. */
async function house(meanwhile: (at: { revoke(): void; ungrant(): void }) => void) {
  const root = workspace();
  const store = await tempStore();
  const { log, sessions, grants: kept } = store;
  const grantId = newGrantId();
  const made = {
    grantId,
    digest: '',
    rule: RULE,
    scope: 'workspace' as const,
    session: null,
    approvalId: newApprovalId(),
  };
  const until = new Date(Date.now() + 3_600_000).toISOString();
  log.record({ type: 'grant.added', data: { ...made, until }, session: null, turn: null, actor: ADA }, 'synced');
  const looker = createLooker(root);
  const standing = async () => ({ rules: NO_RULES, mode: 'ask' as const, trusted: true });
  const reach = () => Promise.reject(new Error('nobody asks for it'));
  const rules = createStandingRules({
    root,
    log,
    grants: kept,
    standing,
    ...looker,
    reach,
    tainted: () => '',
    now: Date.now,
  });
  const grants = createSessionGrants();
  const asked: string[] = [];
  const ran: string[] = [];
  const request: Approvals['request'] = async ({ verdict }) => {
    asked.push(verdict.decision);
    return { kind: 'denied', text: '', stop: false, by: ADA };
  };
  const { runner, mint } = runs((script) => ran.push(script));
  let isFirst = true;
  const gate = createGate({
    ...{ log, approvals: { request }, grants, taints: createTaints(log), rules, mint, runner, standing, boxed: false },
    live: () => undefined,
    landed: async () => [],
    adopting: async () => async () => undefined,
    async look(paths, verdict) {
      const found = await looker.look(paths, verdict);
      if (isFirst) meanwhile({ revoke: () => rules.revoke(grantId, ADA), ungrant: () => grants.clear() });
      isFirst = false;
      return found;
    },
  });
  const session = sessions.create('gate', ADA);
  const signal = new AbortController().signal;
  const asker: Asker = { session, turn: newTurnId(), callId: newCallId(), actor: 'agent:m', signal };
  return { gate, asker, grants, session, asked, ran };
}

/** Tells what it would run. */
const runs = (tell: (script: string) => void) =>
  createRunner({
    read: () => expect.unreachable(),
    edit: () => expect.unreachable(),
    task: () => expect.unreachable(),
    connect: () => expect.unreachable(),
    ...NO_TERMINALS,
    command: async ({ script }) => {
      tell(script);
      return { outcome: { status: 'done', summary: '', bytes: 0, truncated: false }, content: '' };
    },
  });

const NOTHING = () => undefined;

describe('an action that a standing rule lets run', () => {
  it('runs while the rule stands', async () => {
    const { gate, asker, asked, ran } = await house(NOTHING);
    expect((await gate.pass(command('touch made'), asker)).kind).toBe('done');
    expect([asked, ran]).toEqual([[], ['touch made']]);
  });

  it('is asked for where the rule was taken away while it was judged', async () => {
    const { gate, asker, asked, ran } = await house(({ revoke }) => revoke());
    expect((await gate.pass(command('touch made'), asker)).kind).toBe('denied');
    expect([asked, ran]).toEqual([['prompt'], []]);
  });
});

describe('an action that was allowed for the session', () => {
  const other = command('touch other');

  it('runs while that holds', async () => {
    const { gate, asker, grants, session, asked, ran } = await house(NOTHING);
    grants.add(session, other);
    expect((await gate.pass(other, asker)).kind).toBe('done');
    expect([asked, ran]).toEqual([[], ['touch other']]);
  });

  it('is asked for where that ended while it was judged', async () => {
    const { gate, asker, grants, session, asked, ran } = await house(({ ungrant }) => ungrant());
    grants.add(session, other);
    expect((await gate.pass(other, asker)).kind).toBe('denied');
    expect([asked, ran]).toEqual([['prompt'], []]);
  });
});
