/** Routes: what a request must look like, what is said when it does not, one run for one commandId, and no leak in an error. */
import { randomUUID } from 'node:crypto';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { nameInActor } from '../../server/base/user.ts';
import { ApiError } from '../../shared/api.ts';
import { newSessionId, type SessionId } from '../../shared/ids.ts';
import { LIMITS } from '../../shared/limits.ts';
import { createLogins } from '../../server/routes/login.ts';
import { openHouse, type House } from './house.ts';

let house: House;
beforeAll(async () => (house = await openHouse()));
afterAll(() => house.close());
afterEach(() => void (house.errors.length = 0));

async function call(method: string, path: string, body?: unknown) {
  const headers = {
    Authorization: house.bearer,
    ...(body === undefined ? {} : { 'Content-Type': 'application/json' }),
  };
  const init = body === undefined ? { method, headers } : { method, headers, body: JSON.stringify(body) };
  const response = await fetch(house.origin + path, init);
  return { status: response.status, headers: response.headers, body: (await response.json()) as unknown };
}

const create = async () =>
  ((await call('POST', '/api/sessions', { commandId: randomUUID() })).body as { id: SessionId }).id;
const messages = (session: SessionId) =>
  [...house.store.log.all(session)].filter(({ type }) => type === 'message.user');

describe('a request that fits', () => {
  it('reaches its handler, and the status is that of the endpoint', async () => {
    expect(await call('GET', '/api/workspace')).toMatchObject({
      status: 200,
      body: { name: 'w', login: house.login.id },
    });
    expect(await call('POST', '/api/sessions', { commandId: randomUUID(), title: ' A ' })).toMatchObject({
      status: 201,
      body: { id: expect.stringMatching(/^ses_/) as string },
    });
    const id = await create();
    expect(await call('POST', `/api/sessions/${id}/messages`, { commandId: randomUUID(), text: 'hi' })).toMatchObject({
      status: 202,
      body: { turnId: expect.stringMatching(/^trn_/) as string },
    });
  });

  it('is recorded as done by its login', async () => {
    const [event] = house.store.log.window(await create(), { before: Infinity, limit: 1 });
    expect(event!.actor).toBe(`user:ada/${house.login.id}`);
  });

  it('is answered as JSON that is not kept, with the head of every answer', async () => {
    const { headers } = await call('GET', '/api/sessions');
    expect(headers.get('content-type')).toBe('application/json');
    expect(headers.get('cache-control')).toBe('no-store');
    expect(headers.get('cross-origin-resource-policy')).toBe('same-origin');
  });

  it('may have more than its schema asks for, whatever that is', async () => {
    const body = `{"commandId":"${randomUUID()}","more":[1e400,-0,{"__PROTO__":"\\ud800"}]}`;
    const headers = { Authorization: house.bearer, 'Content-Type': 'application/json' };
    expect((await fetch(`${house.origin}/api/sessions`, { method: 'POST', headers, body })).status).toBe(201);
  });

  it('may be answered with what is not JSON', async () => {
    const response = await fetch(`${house.origin}/api/sessions/${await create()}/export.md`, {
      headers: { Authorization: house.bearer },
    });
    expect(response.headers.get('content-type')).toBe('text/markdown; charset=utf-8');
    expect(response.headers.get('x-content-type-options')).toBe('nosniff');
    expect(await response.text()).toBe('# A session\n');
  });
});

describe('a commandId', () => {
  it('sent ten times at once runs once, and all get the same answer (H6)', async () => {
    const id = await create();
    const command = { commandId: randomUUID(), text: 'once' };
    const answers = await Promise.all(
      Array.from({ length: 10 }, () => call('POST', `/api/sessions/${id}/messages`, command)),
    );
    expect(new Set(answers.map(({ status, body }) => JSON.stringify([status, body]))).size).toBe(1);
    expect(answers[0]!.status).toBe(202);
    expect(messages(id)).toHaveLength(1);
    expect(await call('POST', `/api/sessions/${id}/messages`, command)).toMatchObject({
      status: 202,
      body: answers[0]!.body,
    });
    expect(messages(id)).toHaveLength(1);
  });

  it('of one command is refused for another: another text, another session, another path', async () => {
    const [a, b] = [await create(), await create()];
    const commandId = randomUUID();
    await call('POST', `/api/sessions/${a}/messages`, { commandId, text: 'one' });
    for (const [path, body] of [
      [`${a}/messages`, { text: 'two' }],
      [`${b}/messages`, { text: 'one' }],
      [`${a}/abort`, {}],
    ] as const)
      expect(await call('POST', `/api/sessions/${path}`, { commandId, ...body })).toMatchObject({
        status: 409,
        body: { error: { code: 'command_id_reused' } },
      });
    expect(messages(a)).toHaveLength(1);
  });

  it('of a command that failed may be tried again', async () => {
    const id = newSessionId();
    const command = { commandId: randomUUID(), title: 'x' };
    for (let i = 0; i < 2; i++) expect((await call('PATCH', `/api/sessions/${id}`, command)).status).toBe(404);
  });
});

describe('a request that does not fit', () => {
  it.each([
    [{}, 'body.commandId', 'nothing'],
    [{ commandId: 'x' }, 'body.commandId', 'a text of length 1'],
    [{ commandId: 7 }, 'body.commandId', '7'],
    [
      { commandId: '00000000-0000-4000-8000-000000000000', title: 'x'.repeat(300) },
      'body.title',
      'a text of length 300',
    ],
    [{ commandId: '00000000-0000-4000-8000-000000000000', title: null }, 'body.title', 'null'],
    [{ commandId: '00000000-0000-4000-8000-000000000000', title: ['secret'] }, 'body.title', 'a list of length 1'],
    [[], 'body', 'a list of length 0'],
  ])('is told the field, what was expected and what came (%#)', async (body, field, came) => {
    const answer = await call('POST', '/api/sessions', body);
    expect(answer.status).toBe(400);
    const { error } = ApiError.parse(answer.body);
    expect(error.code).toBe('invalid_request');
    expect(error.message).toContain(`${field}: `);
    expect(error.message).toMatch(/expected|invalid/i);
    expect(error.message).toContain(`got ${came}`);
    expect(error.message).not.toContain('secret');
  });

  it('names the place in a list', async () => {
    const body = { commandId: randomUUID(), text: 'x', attachments: [{ path: 'a' }, { path: 5 }] };
    const answer = await call('POST', `/api/sessions/${await create()}/messages`, body);
    expect(ApiError.parse(answer.body).error.message).toContain('body.attachments[1].path: ');
  });

  it.each([
    ['before=0', 'query.before'],
    ['before=x', 'query.before'],
    ['before=1&before=2', 'query'],
  ])('in its query: %s', async (query, field) => {
    const answer = await call('GET', `/api/sessions/${await create()}?${query}`);
    expect(answer.status).toBe(400);
    expect(ApiError.parse(answer.body).error.message).toContain(`${field}: `);
  });

  it.each(['/api/sessions/x', '/api/sessions/ses_0', `/api/sessions/${'0'.repeat(300)}`, '/api/sessions/__proto__'])(
    'in its id: %s is not there',
    async (path) => {
      expect(await call('GET', path)).toMatchObject({ status: 404, body: { error: { code: 'no_such_session' } } });
      expect(await call('POST', '/api/approvals/apr_1', { commandId: randomUUID() })).toMatchObject({
        status: 404,
        body: { error: { code: 'no_such_request' } },
      });
    },
  );

  it('in its path or method is not there', async () => {
    for (const [method, path] of [
      ['GET', '/api/nothing'],
      ['DELETE', '/api/workspace'],
      ['GET', '/api'],
      ['POST', '/api/workspace'],
      ['GET', '/nothing'],
    ])
      expect(await call(method!, path!, method === 'POST' ? {} : undefined)).toMatchObject({
        status: 404,
        body: { error: { code: 'no_such_route' } },
      });
  });

  it('in its size is told the bound, and the connection goes on for others', async () => {
    const answer = await call('POST', '/api/sessions', {
      commandId: randomUUID(),
      title: 'x'.repeat(LIMITS.requestBodyBytes.value),
    });
    expect(answer).toMatchObject({ status: 413, body: { error: { code: 'body_too_large' } } });
    expect((await call('GET', '/api/workspace')).status).toBe(200);
  });
});

describe('an error', () => {
  it('of ours is told as an id, and whole in the log', async () => {
    const { trust } = house.deps.workspace;
    house.deps.workspace.trust = async () => {
      throw new Error('the disk is on fire in /home/ada');
    };
    const answer = await call('GET', '/api/trust');
    house.deps.workspace.trust = trust;
    expect(answer.status).toBe(500);
    const { error } = ApiError.parse(answer.body);
    expect(error.code).toBe('internal');
    expect(JSON.stringify(answer.body)).not.toMatch(/fire|home|ada/);
    const [logged] = house.errors as [{ event: string; id: string; error: Error }];
    expect(logged.event).toBe('request.failed');
    expect(error.message).toContain(logged.id);
    expect(logged.error.message).toContain('on fire');
  });

  it('in the midst of a long answer cuts it short, and before its first bytes is an answer of its own', async () => {
    const id = await create();
    const whole = house.deps.sessions.export;
    const exported = () =>
      fetch(`${house.origin}/api/sessions/${id}/export.md`, { headers: { Authorization: house.bearer } });
    for (const before of [0, 3]) {
      house.errors.length = 0;
      house.deps.sessions.export = async function* () {
        for (let i = 0; i < before; i++) yield 'a line\n';
        throw new Error('the disk is on fire');
      };
      const response = await exported();
      const text = await response.text().catch(() => 'cut');
      if (before === 0) expect(ApiError.parse(JSON.parse(text)).error.code).toBe('internal');
      expect([response.status, text]).toEqual(before === 0 ? [500, expect.not.stringContaining('fire')] : [200, 'cut']);
      expect(response.headers.get('content-security-policy')).toContain("default-src 'none'");
      expect(house.errors).toMatchObject([{ event: before === 0 ? 'request.failed' : 'response.cut' }]);
    }
    house.deps.sessions.export = whole;
    expect(await (await exported()).text()).toBe('# A session\n');
  });

  it('that was foreseen keeps its status, code and words, and is not logged', async () => {
    const answer = await call('POST', '/api/trust', { commandId: randomUUID(), digest: '0'.repeat(64) });
    expect(answer).toMatchObject({
      status: 409,
      body: { error: { code: 'trust_changed', message: 'What was shown has changed.' } },
    });
    expect(house.errors).toEqual([]);
  });
});

describe('logins', () => {
  it('name their person in a form that an event takes, whatever the system calls them', () => {
    for (const user of ['ada', 'CORP\\ada', 'a/b', 'a\nb', '', 'Ada Lovelace']) {
      const logins = createLogins({ user: nameInActor(user) });
      const { login } = logins.login(logins.issueCode());
      expect(login.actor).toMatch(/^user:[^/\n]+\/log_[0-9a-z]+$/);
    }
  });

  it('are so many at once, the oldest gives way; codes too', () => {
    const logins = createLogins({ user: 'ada' });
    const gone: string[] = [];
    logins.onRevoked((id) => gone.push(id));
    const all = Array.from({ length: LIMITS.logins.value + 1 }, () => logins.login(logins.issueCode()));
    expect(gone).toEqual([all[0]!.login.id]);
    expect(logins.verify(`Bearer ${all[0]!.token}`)).toBeNull();
    expect(logins.verify(`Bearer ${all[1]!.token}`)).toEqual(all[1]!.login);
    const codes = Array.from({ length: LIMITS.loginCodes.value + 1 }, () => logins.issueCode());
    expect(() => logins.login(codes[0]!)).toThrow(/one-time code/);
    expect(logins.login(codes[1]!).token).toHaveLength(43);
  });

  it('all end at once, with their codes', () => {
    const logins = createLogins({ user: 'ada' });
    const { token } = logins.login(logins.issueCode());
    const code = logins.issueCode();
    logins.closeAll();
    expect(logins.verify(`Bearer ${token}`)).toBeNull();
    expect(() => logins.login(code)).toThrow(/one-time code/);
  });
});
