/** What went wrong at a provider, told as one ProviderError: its code, whether to try again, and what a person can do. */
import { clean } from './clean.ts';
import { ProviderError } from './provider.ts';
import type { ProviderErrorCode } from './provider.ts';
import { retryAfterMs } from './retry.ts';
import type { ProviderSpec } from './spec.ts';

/** What of a spec a message may need: never printed but for the name, the host and where the key came from. */
export type Origin = Pick<ProviderSpec, 'name' | 'baseUrl' | 'apiKey' | 'keyFrom'> & { host: string };

/** An error as a provider told it: by a status, or (status null) by an event in mid-stream. `type` is its own word for it. */
export interface Answer {
  status: number | null;
  type: string;
  message: string;
  headers: Headers | null;
}

interface Kind {
  code: ProviderErrorCode;
  retryable: boolean;
  hint: string;
}

export function failureOf(answer: Answer, origin: Origin): ProviderError {
  const kind = kindOf(answer, origin);
  const said = clean(answer.message, [origin.apiKey]);
  const how = answer.status === null ? 'stopped in mid-answer with an error' : `answered ${answer.status}`;
  const wait = answer.headers ? retryAfterMs(answer.headers, Date.now()) : null;
  return new ProviderError({
    code: kind.code,
    message: `${origin.name} (${origin.host}) ${how}${said ? `: ${said}` : ' and gave no reason'}`,
    hint: wait === null ? kind.hint : `${kind.hint} It asks to wait ${Math.ceil(wait / 1000)} s.`,
    retryable: kind.retryable && answer.headers?.get('x-should-retry') !== 'false',
    retryAfterMs: wait,
  });
}

function kindOf(answer: Answer, origin: Origin): Kind {
  if (isTooLong(answer)) {
    return {
      code: 'too_long',
      retryable: false,
      hint: 'The conversation no longer fits the model: start a new session, or choose a model with a larger window.',
    };
  }
  if (NO_TOOLS.test(answer.message)) {
    return {
      code: 'bad_request',
      retryable: false,
      hint: 'This model cannot call tools, and the agent can do nothing without them: choose another model.',
    };
  }
  return answer.status === null ? kindOfType(answer, origin) : kindOfStatus(answer.status, answer, origin);
}

const NO_TOOLS =
  /(does not|doesn't|do not) support (tool|function)|no endpoints found that support tool|auto"? tool choice requires|tools? (is|are) not supported/i;

function kindOfStatus(status: number, answer: Answer, origin: Origin): Kind {
  switch (status) {
    case 401:
    case 403:
      return auth(origin);
    case 402:
      return spent;
    case 404:
      return {
        code: 'bad_request',
        retryable: false,
        hint: `Check the model's name and the base URL (${origin.host}); most servers want it to end in /v1.`,
      };
    case 408:
    case 409:
    case 425:
      return server;
    case 413:
      return {
        code: 'too_long',
        retryable: false,
        hint: 'The request is too large for this server: start a new session.',
      };
    case 429:
      return OUT_OF_MONEY.test(`${answer.type} ${answer.message}`) ? spent : limited;
    case 529:
      return overloaded;
  }
  if (status >= 500) return /overloaded/i.test(answer.type) ? overloaded : server;
  if (status >= 300 && status < 400) {
    return {
      code: 'bad_request',
      retryable: false,
      hint: 'A redirect is not followed, for the key would go with it: set base_url to where it points.',
    };
  }
  return {
    code: 'bad_request',
    retryable: false,
    hint: 'The provider refused the request as it is: try another model, or start a new session.',
  };
}

/** The words of both wire formats; an unknown one in mid-stream is taken as the server's trouble, which may pass. */
function kindOfType(answer: Answer, origin: Origin): Kind {
  if (/overloaded/i.test(answer.type)) return overloaded;
  if (OUT_OF_MONEY.test(answer.type)) return spent;
  if (/rate_limit|too_many_requests/i.test(answer.type)) return limited;
  if (/authentication|permission|invalid_api_key/i.test(answer.type)) return auth(origin);
  if (/invalid_request|not_found/i.test(answer.type)) return kindOfStatus(400, answer, origin);
  const status = Number(answer.type);
  return Number.isInteger(status) && status >= 400 && status < 600 ? kindOfStatus(status, answer, origin) : server;
}

const OUT_OF_MONEY = /insufficient_quota|spend_limit|billing|credit balance|exceeded your current quota/i;

const spent: Kind = {
  code: 'rate_limited',
  retryable: false,
  hint: 'The account has no credit or has met its spending limit: see its billing page, or choose another provider.',
};
const limited: Kind = { code: 'rate_limited', retryable: true, hint: 'Too many requests or tokens in a short time.' };
const overloaded: Kind = {
  code: 'overloaded',
  retryable: true,
  hint: 'The provider is overloaded: wait a little, or choose another model.',
};
const server: Kind = {
  code: 'server',
  retryable: true,
  hint: 'The provider has trouble of its own: try again later, or choose another provider.',
};

function auth(origin: Origin): Kind {
  const hint = origin.apiKey
    ? `The key that came from ${origin.keyFrom} was refused: check that it is whole, valid, and meant for ${origin.host}.`
    : `No key is set for ${origin.name}: put one in the environment or name it in [providers.${origin.name}] of your config.toml.`;
  return { code: 'auth', retryable: false, hint };
}

/** Anthropic, OpenAI, vLLM, llama.cpp, LM Studio and Ollama each say it in their own words, some with a 500. */
function isTooLong(answer: Answer): boolean {
  if (answer.status === 401 || answer.status === 403 || answer.status === 429) return false;
  const words = `${answer.type} ${answer.message}`;
  return /prompt is too long|context[_ ]length[_ ]exceeded|maximum context length|exceeds? (the |its )?(available |model'?s? |maximum )*context|context (window|size|length) (is |was )?(exceeded|overflow)|input is too long|request_too_large|greater than the context length/i.test(
    words,
  );
}
