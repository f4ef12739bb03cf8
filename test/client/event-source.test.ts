import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { messagesOf, type StreamMessage } from '../../src/client/event-source.ts';

const encoder = new TextEncoder();

/** A body that arrives in these chunks. */
function bodyOf(chunks: readonly Uint8Array[]): ReadableStream<Uint8Array> {
  const rest = chunks.values();
  return new ReadableStream({
    pull(controller) {
      const { done, value } = rest.next();
      if (done === true) controller.close();
      else controller.enqueue(value);
    },
  });
}

function messagesIn(chunks: readonly Uint8Array[], position = 0): Promise<StreamMessage[]> {
  return Array.fromAsync(messagesOf(bodyOf(chunks), { position }));
}

const said = (text: string, position?: number) => messagesIn([encoder.encode(text)], position);

/** The same bytes, cut at these places. */
function cut(bytes: Uint8Array, places: readonly number[]): Uint8Array[] {
  const ordered = places.map((place) => place % (bytes.length + 1)).sort((one, other) => one - other);
  return [...ordered, bytes.length].map((end, index) => bytes.subarray(ordered[index - 1] ?? 0, end));
}

const ends = [
  ['LF', '\n'],
  ['CRLF', '\r\n'],
  ['CR', '\r'],
] as const;

describe.each(ends)('lines that end with %s', (_, end) => {
  const linesOf = (...lines: string[]) => lines.map((line) => line + end).join('');

  test('events are told apart', async () => {
    const text = linesOf(
      'id: 7',
      'event: user.posted',
      'data: {"a":1}',
      '',
      'id: 8',
      'event: user.left',
      'data: {}',
      '',
    );
    expect(await said(text)).toEqual([
      { name: 'user.posted', data: '{"a":1}', position: 7 },
      { name: 'user.left', data: '{}', position: 8 },
    ]);
  });

  test('data of several lines keeps what is between them', async () => {
    expect(await said(linesOf('id: 7', 'event: log', 'data: one', 'data:', 'data:  two', ''))).toEqual([
      { name: 'log', data: 'one\n\n two', position: 7 },
    ]);
  });

  test('a position comes without an event, with a heartbeat and before the first event', async () => {
    expect(await said(linesOf('retry: 1000', 'id: 7', '', ': heartbeat', 'id: 9', ''))).toEqual([
      { name: undefined, data: '', position: 7 },
      { name: undefined, data: '', position: 9 },
    ]);
  });

  test('what has no id comes after the event before it', async () => {
    expect(
      await said(linesOf('event: a.b', 'data: 1', '', 'id: 9', 'event: a.b', 'data: 2', '', 'data: 3', ''), 4),
    ).toEqual([
      { name: 'a.b', data: '1', position: 4 },
      { name: 'a.b', data: '2', position: 9 },
      { name: undefined, data: '3', position: 9 },
    ]);
  });

  test('comments, fields nobody knows and a bad retry say nothing', async () => {
    const text = linesOf(': data: no', 'id: 7', 'retry: soon', 'colour: red', 'event: a.b', ':', 'data: 1', '');
    expect(await said(text)).toEqual([{ name: 'a.b', data: '1', position: 7 }]);
  });

  test('an event whose end did not arrive is none', async () => {
    expect(await said(linesOf('id: 7', 'event: a.b', 'data: 1', '', 'id: 8', 'event: a.b', 'data: 2'))).toEqual([
      { name: 'a.b', data: '1', position: 7 },
    ]);
  });

  test('one byte order mark at the beginning is no part of the first line', async () => {
    const text = linesOf('id: 7', 'event: a.b', 'data: \uFEFF1', '');
    expect(await said(`\uFEFF${text}`)).toEqual([{ name: 'a.b', data: '\uFEFF1', position: 7 }]);
    expect(await said(`\uFEFF\uFEFF${text}`)).toEqual([{ name: 'a.b', data: '\uFEFF1', position: 0 }]);
  });

  test('a very long line arrives whole', async () => {
    const data = 'a long tale '.repeat(200_000);
    const bytes = encoder.encode(linesOf('id: 7', 'event: a.b', `data: ${data}`, ''));
    const chunks = Array.from({ length: Math.ceil(bytes.length / 1000) }, (__, index) =>
      bytes.subarray(index * 1000, (index + 1) * 1000),
    );
    expect(await messagesIn(chunks)).toEqual([{ name: 'a.b', data, position: 7 }]);
  });
});

test('an event is told of as soon as its end arrived, also when that is half of a CRLF', async () => {
  for (const [, end] of ends) {
    const lines = ['id: 7', 'event: a.b', 'data: 1', ''].map((line) => line + end).join('');
    const { readable, writable } = new TransformStream<Uint8Array, Uint8Array>();
    const writer = writable.getWriter();
    const messages = messagesOf(readable, { position: 0 });
    const first = messages.next();
    await writer.write(encoder.encode(end === '\r\n' ? lines.slice(0, -1) : lines));
    expect((await first).value).toEqual({ name: 'a.b', data: '1', position: 7 });
    const second = messages.next();
    await writer.write(encoder.encode(`${end === '\r\n' ? '\n' : ''}id: 8${end}${end}`));
    expect((await second).value).toEqual({ name: undefined, data: '', position: 8 });
    await messages.return(undefined);
  }
});

test('only CR and LF end a line: JSON holds other line separators as they are', async () => {
  const data = JSON.stringify({ key: 'a\u2028b\u2029c\u0085d' });
  expect(await said(`id: 7\nevent: user.posted\ndata: ${data}\n\n`)).toEqual([
    { name: 'user.posted', data, position: 7 },
  ]);
});

const oneLine = fc.string({ unit: 'binary', maxLength: 12 }).map((text) => text.replaceAll(/[\r\n]/g, '\u2028'));
const block = fc.record({
  id: fc.option(fc.nat(), { nil: undefined }),
  name: fc.constantFrom('a.b', 'user_word.posted', undefined),
  data: fc.array(oneLine, { minLength: 1, maxLength: 3 }),
  comment: fc.option(oneLine, { nil: undefined }),
  retry: fc.option(fc.nat(), { nil: undefined }),
});

test('however the bytes are cut, and whatever ends the lines, the same comes of them', async () => {
  const stream = fc.record({
    mark: fc.boolean(),
    end: fc.constantFrom('\n', '\r\n', '\r'),
    blocks: fc.array(block, { maxLength: 4 }),
  });
  const places = fc.array(fc.nat(), { maxLength: 20 });
  await fc.assert(
    fc.asyncProperty(stream, places, async ({ mark, end, blocks }, at) => {
      let position = 0;
      const expected = blocks.map(({ id = position, name, data }) => {
        position = id;
        return { name, data: data.join('\n'), position };
      });
      const lines = blocks.flatMap(({ id, name, data, comment, retry }) => [
        ...(comment === undefined ? [] : [`:${comment}`]),
        ...(retry === undefined ? [] : [`retry:${retry}`]),
        ...(id === undefined ? [] : [`id:${id}`]),
        ...(name === undefined ? [] : [`event: ${name}`]),
        ...data.map((line) => `data: ${line}`),
        '',
      ]);
      const bytes = encoder.encode((mark ? '\uFEFF' : '') + lines.map((line) => line + end).join(''));
      expect(await messagesIn([bytes])).toEqual(expected);
      expect(await messagesIn(cut(bytes, at))).toEqual(expected);
      expect(await messagesIn(Array.from(bytes, (_, index) => bytes.subarray(index, index + 1)))).toEqual(expected);
    }),
    { numRuns: 500 },
  );
});

test('bytes that are no events come to the same, however they are cut', async () => {
  const letters = fc.constantFrom(...'\r\n\0: 17dataeventidretry\uFEFFß€𝄞');
  const text = fc.string({ unit: letters, maxLength: 40 });
  await fc.assert(
    fc.asyncProperty(text, fc.array(fc.nat(), { maxLength: 10 }), async (stream, at) => {
      const bytes = encoder.encode(stream);
      expect(await messagesIn(cut(bytes, at))).toEqual(await messagesIn([bytes]));
    }),
    { numRuns: 2_000 },
  );
});
