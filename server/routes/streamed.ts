/** A body that is made while it is sent: an error before its first bytes is an answer, a later one cuts the connection. */

/**
 * Reads the first bytes before the answer begins, and throws what that throws. `cut` is told of a later error, when the status
 * is long sent: it must end the connection, so that half an answer does not pass for a whole one.
 */
export async function streamed(response: Response, cut: (error: unknown) => void): Promise<Response> {
  if (response.body === null) return response;
  const reader = response.body.getReader();
  let next = await reader.read();
  const source: UnderlyingDefaultSource<Uint8Array> = {
    async pull(controller) {
      if (next.done) return controller.close();
      controller.enqueue(next.value);
      try {
        next = await reader.read();
      } catch (error) {
        cut(error);
        controller.close();
      }
    },
    cancel: (reason) => reader.cancel(reason),
  };
  return new Response(new ReadableStream(source, { highWaterMark: 0 }), response);
}
