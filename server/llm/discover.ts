/** Finds what models there are: of the providers that were set up, and of a local server that was not. */
import { connect } from 'node:net';
import * as z from 'zod';
import { LIMITS } from '../../shared/limits.ts';
import { Fault } from '../base/fault.ts';
import { openAnthropic } from './anthropic.ts';
import { ANTHROPIC_MODELS, contextTokensOf, OPENAI_MODELS } from './models.ts';
import { openaiBase, openOpenAI } from './openai.ts';
import type { Provider } from './provider.ts';
import type { Fetch, FoundProvider, ProviderSpec, StreamOptions } from './spec.ts';

type Found = FoundProvider['found'];

/** Where LM Studio serves when nobody told it otherwise. */
const LM_STUDIO = 'http://127.0.0.1:1234/v1';
const LM_NAME = 'lmstudio';

/**
 * The given providers in their order, then LM Studio where it answers and none of them is it. Never throws for a server that
 * is not there: its remark says so. Takes as long as the slowest, and no longer than the limits. `lmStudio` is for tests.
 */
export async function discoverProviders(options: {
  specs: ProviderSpec[];
  fetch: Fetch;
  lmStudio?: string;
}): Promise<FoundProvider[]> {
  const { specs, fetch, lmStudio = LM_STUDIO } = options;
  const port = new URL(lmStudio).port;
  const isSetUp = specs.some(
    ({ name, baseUrl }) =>
      name === LM_NAME || (baseUrl !== null && isLoopback(baseUrl) && new URL(baseUrl).port === port),
  );
  const own = specs.map((spec) => find(spec, fetch));
  const [found, local] = await Promise.all([Promise.all(own), isSetUp ? null : findLmStudio(lmStudio, fetch)]);
  return local ? [...found, local] : found;
}

/** Throws a Fault for a base URL that cannot be used. */
export function openProviders(list: FoundProvider[], options: { fetch: Fetch; idleMs?: number }): Provider[] {
  const stream: StreamOptions = { fetch: options.fetch, idleMs: options.idleMs ?? LIMITS.providerIdleMs.value };
  return list.map((spec) => {
    if (spec.baseUrl !== null) checkUrl(spec.name, spec.baseUrl);
    return spec.kind === 'anthropic' ? openAnthropic(spec, stream) : openOpenAI(spec, stream);
  });
}

function checkUrl(name: string, baseUrl: string): void {
  const url = URL.canParse(baseUrl) ? new URL(baseUrl) : null;
  const problem = !url
    ? 'is no URL'
    : !/^https?:$/.test(url.protocol)
      ? `has the scheme ${url.protocol}`
      : url.username !== '' || url.password !== ''
        ? 'has a user or a password in it'
        : '';
  if (problem === '') return;
  throw new Fault({
    status: 400,
    code: 'bad_base_url',
    message: `The base URL of provider ${name} ${problem}; http:// or https:// with a host was expected.`,
    hint: 'A key belongs in api_key_env or api_key_command, not in the URL.',
  });
}

async function find(spec: ProviderSpec, fetch: Fetch): Promise<FoundProvider> {
  if (spec.baseUrl !== null) checkUrl(spec.name, spec.baseUrl);
  const remark = isOpen(spec) ? 'not encrypted' : '';
  if (spec.models.length > 0) return { ...spec, found: known(spec.models), remark };
  if (spec.kind === 'anthropic') return { ...spec, found: [...ANTHROPIC_MODELS], remark };
  if (spec.baseUrl === null) return { ...spec, found: [...OPENAI_MODELS], remark };
  const found = await listed(spec, fetch);
  if (found.length > 0) return { ...spec, found, remark };
  return { ...spec, found, remark: 'lists no models: is it running? Its settings may name them as models = […]' };
}

const known = (ids: string[]): Found => ids.map((id) => ({ id, contextTokens: contextTokensOf(id) }));

const isOpen = ({ baseUrl }: ProviderSpec) => baseUrl !== null && baseUrl.startsWith('http:') && !isLoopback(baseUrl);

function isLoopback(url: string): boolean {
  if (!URL.canParse(url)) return false;
  const host = new URL(url).hostname;
  return host === 'localhost' || host === '[::1]' || /^127(\.\d{1,3}){3}$/.test(host);
}

const Size = z.int().min(1).optional().catch(undefined);

/** The names that servers have for the size of the window: vLLM, OpenRouter, Groq, LM Studio, llama.cpp. */
const Model = z.object({
  id: z.string().min(1).max(200),
  type: z.string().optional().catch(undefined),
  state: z.string().optional().catch(undefined),
  max_model_len: Size,
  context_length: Size,
  context_window: Size,
  loaded_context_length: Size,
  max_context_length: Size,
  meta: z.object({ n_ctx: Size, n_ctx_train: Size }).optional().catch(undefined),
});
type Model = z.infer<typeof Model>;
const List = z.object({ data: z.array(z.unknown()) });

/** Models that answer no chat are not offered. */
const NO_CHAT = /embed|rerank|whisper|\btts\b|moderation|dall-e|transcribe|speech/i;

async function listed(spec: ProviderSpec, fetch: Fetch): Promise<Found> {
  const ms = isLoopback(openaiBase(spec.baseUrl)) ? LIMITS.discoveryMs.value : LIMITS.modelListMs.value;
  return offered(await models(`${openaiBase(spec.baseUrl)}/models`, { fetch, ms, apiKey: spec.apiKey }));
}

/** Its own API tells more than the OpenAI-compatible one: the window of each model, and which is loaded. */
async function findLmStudio(baseUrl: string, fetch: Fetch): Promise<FoundProvider | null> {
  const how = { fetch, ms: LIMITS.discoveryMs.value, apiKey: null };
  if (!(await listens(new URL(baseUrl)))) return null;
  const [plain, more] = await Promise.all([
    models(`${baseUrl}/models`, how),
    models(new URL('/api/v0/models', baseUrl).href, how),
  ]);
  const byId = new Map(more.map((model) => [model.id, model]));
  const found = offered(plain.map((model) => byId.get(model.id) ?? model));
  if (found.length === 0) return null;
  return {
    name: 'lmstudio',
    kind: 'openai',
    baseUrl,
    apiKey: null,
    keyFrom: '',
    models: [],
    thinking: 'auto',
    found,
    remark: 'LM Studio',
  };
}

/** Most machines run no such server: a refused connection says so at once, without a fetch to be loaded. */
function listens({ hostname, port }: URL): Promise<boolean> {
  return new Promise((answer) => {
    const socket = connect({ host: hostname, port: Number(port), timeout: LIMITS.discoveryMs.value });
    const done = (is: boolean) => {
      socket.destroy();
      answer(is);
    };
    socket.once('connect', () => done(true));
    socket.once('timeout', () => done(false));
    socket.once('error', () => done(false));
  });
}

function offered(all: Model[]): Found {
  const chat = all.filter(({ id, type }) => !NO_CHAT.test(id) && type !== 'embeddings');
  const loadedFirst = [
    ...chat.filter(({ state }) => state === 'loaded'),
    ...chat.filter(({ state }) => state !== 'loaded'),
  ];
  return loadedFirst
    .slice(0, LIMITS.listedModels.value)
    .map((model) => ({ id: model.id, contextTokens: windowOf(model) }));
}

const windowOf = (model: Model): number =>
  model.loaded_context_length ??
  model.max_model_len ??
  model.context_length ??
  model.context_window ??
  model.max_context_length ??
  model.meta?.n_ctx ??
  model.meta?.n_ctx_train ??
  contextTokensOf(model.id);

/** What a server lists; nothing where it does not answer in time, or with something else. */
async function models(url: string, how: { fetch: Fetch; ms: number; apiKey: string | null }): Promise<Model[]> {
  const headers = { accept: 'application/json', ...(how.apiKey !== null && { authorization: `Bearer ${how.apiKey}` }) };
  try {
    const response = await how.fetch(url, { headers, redirect: 'error', signal: AbortSignal.timeout(how.ms) });
    const list = List.safeParse(JSON.parse(await bounded(response)));
    if (!response.ok || !list.success) return [];
    return list.data.data.flatMap((raw) => Model.safeParse(raw).data ?? []);
  } catch {
    return []; // not there, too slow, or no list: to who asked it is the same, and the remark says what to do
  }
}

async function bounded(response: Response): Promise<string> {
  const decoder = new TextDecoder();
  let text = '';
  for await (const chunk of response.body ?? []) {
    text += decoder.decode(chunk, { stream: true });
    if (text.length > LIMITS.modelListBytes.value) throw new RangeError('the list of models is too long');
  }
  return text;
}
