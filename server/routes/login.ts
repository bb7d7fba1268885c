/** Who may come in: one-time codes that become bearer tokens of this launch, and the two routes for it. */
import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import { API } from '../../shared/api.ts';
import type { Actor } from '../../shared/event.ts';
import { newLoginId, type LoginId } from '../../shared/ids.ts';
import { LIMITS } from '../../shared/limits.ts';
import { Fault } from '../base/fault.ts';
import { readJson } from './body.ts';
import { parsePart, route, type App } from './route.ts';

/** One browser (or script) that came in by a code. */
export interface Login {
  readonly id: LoginId;
  /** What it does is recorded as done by this: `user:<os user>/<login id>`. */
  readonly actor: Actor;
}

/** Codes and tokens of this launch. Nothing of it is on disk, and a token is kept only as its SHA-256. */
export interface Logins {
  /** A new one-time code, for the fragment of a link. Dead after `LIMITS.loginCodeMs` or its first use. */
  issueCode(): string;
  /**
   * Takes a code and answers a token. Throws a Fault: 401 for a code that is wrong, used or too old, 429 for any code after
   * too many wrong ones. A valid token is never held up by that.
   */
  login(code: string): { token: string; login: Login };
  /** Who has this `Authorization` header; null for none or a wrong one. Throws a Fault 429 for one more wrong one of too many. */
  verify(authorization: string | null): Login | null;
  /** Ends a login: its token is worth nothing from now on. */
  revoke(id: LoginId): void;
  /** Calls `listener` for each login that ends, so that its streams close; the answer ends that. */
  onRevoked(listener: (id: LoginId) => void): () => void;
  /** Ends every login and every code. */
  closeAll(): void;
}

interface Kept extends Login {
  readonly hash: Buffer;
}

/** `user`: as `nameInActor` makes it. */
export function createLogins({ user, now = Date.now }: { user: string; now?: () => number }): Logins {
  const codes: { hash: Buffer; until: number }[] = [];
  const logins = new Map<LoginId, Kept>();
  const listeners = new Set<(id: LoginId) => void>();
  const wrongCodes = createThrottle(now);
  const wrongTokens = createThrottle(now);

  const revoke = (id: LoginId) => {
    if (!logins.delete(id)) return;
    for (const listener of listeners) listener(id);
  };

  return {
    issueCode() {
      const code = secret();
      codes.push({ hash: hashOf(code), until: now() + LIMITS.loginCodeMs.value });
      if (codes.length > LIMITS.loginCodes.value) codes.shift();
      return code;
    },
    login(code) {
      wrongCodes.refuse();
      const hash = hashOf(code);
      const at = indexOf(codes, hash);
      const [found] = at < 0 ? [] : codes.splice(at, 1);
      if (!found || found.until <= now()) {
        wrongCodes.count();
        throw badCode();
      }
      if (logins.size >= LIMITS.logins.value) revoke([...logins.keys()][0]!);
      const id = newLoginId();
      const token = secret();
      const login: Login = { id, actor: `user:${user}/${id}` };
      logins.set(id, { ...login, hash: hashOf(token) });
      return { token, login };
    },
    verify(authorization) {
      const token = /^bearer +([\w-]{1,200})$/i.exec(authorization ?? '')?.[1];
      const kept = [...logins.values()];
      const at = token === undefined ? -1 : indexOf(kept, hashOf(token));
      const found = kept[at];
      if (found) return { id: found.id, actor: found.actor };
      if (authorization !== null) {
        wrongTokens.refuse();
        wrongTokens.count();
      }
      return null;
    },
    revoke,
    onRevoked(listener) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    closeAll() {
      codes.length = 0;
      for (const id of logins.keys()) revoke(id);
    },
  };
}

/** 256 random bits, in letters that a URL and a header take. */
const secret = () => randomBytes(32).toString('base64url');
const hashOf = (text: string) => createHash('sha256').update(text).digest();

/** Looks at every entry, in constant time each, so that how long it takes says nothing of what is there. */
function indexOf(entries: readonly { hash: Buffer }[], hash: Buffer): number {
  let found = -1;
  for (const [i, entry] of entries.entries()) if (timingSafeEqual(entry.hash, hash)) found = i;
  return found;
}

/** Counts failures in a window; codes and tokens each have their own, so that an old tab does not close the door to a new link. */
export function createThrottle(now: () => number, most: { value: number } = LIMITS.loginFailures) {
  let since = 0;
  let failures = 0;
  const left = () => since + LIMITS.loginWindowMs.value - now();
  return {
    count() {
      if (left() <= 0) [since, failures] = [now(), 0];
      failures++;
    },
    refuse() {
      if (failures < most.value || left() <= 0) return;
      throw new TooMany(Math.ceil(left() / 1000), most.value);
    },
  };
}

/** A 429 that says when to come again. */
export class TooMany extends Fault {
  readonly retryAfterSeconds: number;

  constructor(retryAfterSeconds: number, most: number) {
    super({
      status: 429,
      code: 'too_many_failures',
      message: `Too many wrong codes or tokens: expected at most ${most} a minute.`,
      hint: `Try again in ${retryAfterSeconds} s.`,
    });
    this.retryAfterSeconds = retryAfterSeconds;
  }
}

const badCode = () =>
  new Fault({
    status: 401,
    code: 'bad_code',
    message: `Expected a one-time code that is unused and younger than ${LIMITS.loginCodeMs.value / 1000} s; this one is not.`,
    hint: 'Run vtcode link in the workspace for a new link.',
  });

/** `POST /api/login`, the one route of the API that needs no token, and `POST /api/logout`. */
export function loginRoutes(app: App, logins: Logins): void {
  app.on(API.login.method, API.login.path, async (c) => {
    const { code } = parsePart('body', API.login.body, await readJson(c.req.raw, LIMITS.loginBodyBytes));
    const { token, login } = logins.login(code);
    return c.json({ token, login: login.id });
  });
  route(app, API.logout, ({ login }) => {
    logins.revoke(login.id);
    return { ok: true as const };
  });
}
