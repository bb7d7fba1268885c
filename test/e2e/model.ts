/** A model behind a real HTTP server that speaks Anthropic's and OpenAI's wire formats, and answers what the test wrote. */
import { LLMock, type Fixture, type FixtureResponse } from '@copilotkit/aimock';

/** A tool call of the model, with its arguments as an object, or as the raw text that shall come over the wire. */
export interface Call {
  name: string;
  args: object | string;
  id?: string;
}

/** One answer of the model. What is left out of it is not said. `options` shape its stream: cut it, slow it, break it. */
export interface Answer {
  text?: string;
  reasoning?: string;
  calls?: Call[];
  error?: { status: number; message: string; type: string; retryAfter?: number };
  options?: Omit<Fixture, 'match' | 'response'>;
}

export type Wire = 'anthropic' | 'openai';

export interface Model {
  /** What the server's environment must hold to find it. */
  env: Record<string, string>;
  /** Each request it got: the wire format's path and its body. */
  requests(): { path: string; body: unknown }[];
  stop(): Promise<void>;
}

/**
 * Answers by place: the n-th answer of a conversation is the n-th of `answers`, so a request that is sent again after a
 * failure gets the same one. `before` are failures that come first, one a request, in order.
 */
export async function startModel(wire: Wire, answers: Answer[], before: Answer[] = []): Promise<Model> {
  const mock = new LLMock({ port: 0, host: '127.0.0.1', logLevel: 'silent', strict: true, chunkSize: 12 });
  // Each request is looked at by several predicates: it is counted once, by its identity.
  const numbers = new WeakMap<object, number>();
  let count = 0;
  const numberOf = (request: object) => {
    const number = numbers.get(request) ?? count++;
    numbers.set(request, number);
    return number;
  };
  for (const [nth, answer] of before.entries()) {
    mock.on({ predicate: (request) => numberOf(request) === nth }, response(answer), answer.options);
  }
  for (const [turnIndex, answer] of answers.entries()) mock.on({ turnIndex }, response(answer), answer.options);
  await mock.start();
  return {
    env:
      wire === 'anthropic'
        ? { ANTHROPIC_BASE_URL: mock.url, ANTHROPIC_API_KEY: 'test-key-anthropic' }
        : { OPENAI_BASE_URL: `${mock.url}/v1`, OPENAI_API_KEY: 'test-key-openai' },
    requests: () => mock.getRequests().map(({ path, body }) => ({ path, body })),
    stop: () => mock.stop(),
  };
}

function response(answer: Answer): FixtureResponse {
  if (answer.error) {
    const { status, message, type, retryAfter } = answer.error;
    return { error: { message, type }, status, ...(retryAfter === undefined ? {} : { retryAfter }) };
  }
  const thought = answer.reasoning === undefined ? {} : { reasoning: answer.reasoning };
  const toolCalls = (answer.calls ?? []).map(({ name, args, id }) => ({
    name,
    arguments: typeof args === 'string' ? args : JSON.stringify(args),
    ...(id === undefined ? {} : { id }),
  }));
  if (toolCalls.length === 0) return { content: answer.text ?? '', ...thought };
  if (answer.text === undefined) return { toolCalls, ...thought };
  return { content: answer.text, toolCalls, ...thought };
}
