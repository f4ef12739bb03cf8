/** Characters that are collected before the answer starts: most answers are shorter, and get a length. */
const mostAtOnce = 1024 * 1024;

/**
 * A JSON array of records that are read while the answer is sent: each record may be large, and all of them need not
 * fit into memory. When one cannot be read, the answer breaks off.
 */
export async function jsonArray(records: AsyncIterable<unknown>, headers: Record<string, string>): Promise<Response> {
  const parts = partsOf(records)[Symbol.asyncIterator]();
  let beginning = '';
  for (let next = await parts.next(); next.done !== true; next = await parts.next()) {
    beginning += next.value;
    if (beginning.length > mostAtOnce) return answer(streamOf(beginning, parts), headers);
  }
  return answer(beginning, headers);
}

function answer(body: string | ReadableStream, headers: Record<string, string>): Response {
  return new Response(body, { headers: { 'content-type': 'application/json', ...headers } });
}

/** The text of the array, one part per record. */
async function* partsOf(records: AsyncIterable<unknown>): AsyncGenerator<string> {
  let before = '[';
  for await (const record of records) {
    yield before + JSON.stringify(record);
    before = ',';
  }
  yield before === '[' ? '[]' : ']';
}

/** Records are read only as fast as the reader takes them. */
function streamOf(beginning: string, parts: AsyncIterator<string>): ReadableStream<Uint8Array> {
  const encoder = new TextEncoder();
  return new ReadableStream(
    {
      start: (controller) => controller.enqueue(encoder.encode(beginning)),
      async pull(controller) {
        const next = await parts.next();
        if (next.done === true) controller.close();
        else controller.enqueue(encoder.encode(next.value));
      },
      async cancel() {
        await parts.return?.();
      },
    },
    { highWaterMark: 0 },
  );
}
