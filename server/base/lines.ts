/** Text by its lines, as the bytes come. */

/**
 * Each line without its end; the last one too where it has none. What is not UTF-8 stands as U+FFFD. A line is held whole: who
 * calls it trusts the sender with their memory.
 */
export async function* linesOf(input: AsyncIterable<Uint8Array>): AsyncIterable<string> {
  const decoder = new TextDecoder('utf-8');
  let rest = '';
  for await (const piece of input) {
    const lines = (rest + decoder.decode(piece, { stream: true })).split('\n');
    rest = lines.pop() ?? '';
    yield* lines;
  }
  rest += decoder.decode();
  if (rest !== '') yield rest;
}
