/** Answers in both wire formats, written out as the providers send them. */

const event = (data: { type: string } & Record<string, unknown>) =>
  `event: ${data.type}\ndata: ${JSON.stringify(data)}\n\n`;

/** A thought with its signature, prose with characters of two, three and four bytes, and two calls. */
export const ANTHROPIC_STREAM = [
  event({
    type: 'message_start',
    message: {
      id: 'msg_1',
      type: 'message',
      role: 'assistant',
      content: [],
      usage: { input_tokens: 12, cache_read_input_tokens: 900, cache_creation_input_tokens: 30, output_tokens: 1 },
    },
  }),
  event({ type: 'ping' }),
  event({ type: 'content_block_start', index: 0, content_block: { type: 'thinking', thinking: '', signature: '' } }),
  event({ type: 'content_block_delta', index: 0, delta: { type: 'thinking_delta', thinking: 'Two files — ' } }),
  event({ type: 'content_block_delta', index: 0, delta: { type: 'thinking_delta', thinking: 'read both.' } }),
  event({ type: 'content_block_delta', index: 0, delta: { type: 'signature_delta', signature: 'EqQBCgIYAhIM/sig==' } }),
  event({ type: 'content_block_stop', index: 0 }),
  event({
    type: 'content_block_start',
    index: 1,
    content_block: { type: 'redacted_thinking', data: 'EmwKAhgBEgy3va3p' },
  }),
  event({ type: 'content_block_stop', index: 1 }),
  event({ type: 'content_block_start', index: 2, content_block: { type: 'text', text: '' } }),
  event({ type: 'content_block_delta', index: 2, delta: { type: 'text_delta', text: 'Grüße, 世' } }),
  event({ type: 'content_block_delta', index: 2, delta: { type: 'text_delta', text: '界 🌍.' } }),
  event({ type: 'content_block_stop', index: 2 }),
  event({
    type: 'content_block_start',
    index: 3,
    content_block: { type: 'tool_use', id: 'toolu_01', name: 'read_file', input: {} },
  }),
  event({ type: 'content_block_delta', index: 3, delta: { type: 'input_json_delta', partial_json: '' } }),
  event({ type: 'content_block_delta', index: 3, delta: { type: 'input_json_delta', partial_json: '{"path": "a' } }),
  event({ type: 'content_block_delta', index: 3, delta: { type: 'input_json_delta', partial_json: '.txt"}' } }),
  event({ type: 'content_block_stop', index: 3 }),
  event({
    type: 'content_block_start',
    index: 4,
    content_block: { type: 'tool_use', id: 'toolu_02', name: 'list_plan', input: {} },
  }),
  event({ type: 'content_block_stop', index: 4 }),
  event({
    type: 'message_delta',
    delta: { stop_reason: 'tool_use', stop_sequence: null },
    usage: { output_tokens: 77 },
  }),
  event({ type: 'message_stop' }),
].join('');

/** Anthropic's blocks of text and calls, without the ceremony around each delta. */
export function anthropicStream(
  blocks: { text?: string; call?: { id: string; name: string; args: string[] } }[],
  stop = 'end_turn',
): string {
  const body = blocks.map((block, index) => {
    const { call } = block;
    const begun = call ? { type: 'tool_use', id: call.id, name: call.name, input: {} } : { type: 'text', text: '' };
    const deltas = call
      ? call.args.map((partial_json) => ({ type: 'input_json_delta', partial_json }))
      : [{ type: 'text_delta', text: block.text }];
    return [
      event({ type: 'content_block_start', index, content_block: begun }),
      ...deltas.map((delta) => event({ type: 'content_block_delta', index, delta })),
      event({ type: 'content_block_stop', index }),
    ].join('');
  });
  const start = event({ type: 'message_start', message: { usage: { input_tokens: 5, output_tokens: 0 } } });
  const end = event({ type: 'message_delta', delta: { stop_reason: stop }, usage: { output_tokens: 9 } });
  return `${start}${body.join('')}${end}${event({ type: 'message_stop' })}`;
}

const chunk = (data: Record<string, unknown>) =>
  `data: ${JSON.stringify({ id: 'c1', object: 'chat.completion.chunk', ...data })}\n\n`;
export const delta = (held: Record<string, unknown>, finish: string | null = null) =>
  chunk({ choices: [{ index: 0, delta: held, finish_reason: finish }] });
export const counts = (prompt: number, completion: number, cached = 0) =>
  chunk({
    choices: [],
    usage: { prompt_tokens: prompt, completion_tokens: completion, prompt_tokens_details: { cached_tokens: cached } },
  });
export const DONE = 'data: [DONE]\n\n';

/** The same answer as chat completions have it. */
export const OPENAI_STREAM = [
  delta({ role: 'assistant', content: '' }),
  ': keep-alive\n\n',
  delta({ reasoning_content: 'Two files — ' }),
  delta({ reasoning_content: 'read both.' }),
  delta({ content: 'Grüße, 世' }),
  delta({ content: '界 🌍.' }),
  delta({
    tool_calls: [{ index: 0, id: 'call_01', type: 'function', function: { name: 'read_file', arguments: '' } }],
  }),
  delta({ tool_calls: [{ index: 0, function: { arguments: '{"path": "a' } }] }),
  delta({
    tool_calls: [{ index: 1, id: 'call_02', type: 'function', function: { name: 'list_plan', arguments: '{}' } }],
  }),
  delta({ tool_calls: [{ index: 0, function: { arguments: '.txt"}' } }] }),
  delta({}, 'tool_calls'),
  counts(942, 77, 900),
  DONE,
].join('');
