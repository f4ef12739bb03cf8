import { expect, test } from 'vitest';
import { messagesOf } from '../../src/client/event-source.ts';

test('only a newline ends a line: JSON holds other line separators as they are', async () => {
  const data = JSON.stringify({ key: 'a\u2028b\u2029c\u0085d' });
  const { body } = new Response(`id: 7\nevent: user.posted\ndata: ${data}\n\n`);
  if (body === null) throw new Error('a response has a body');
  expect(await Array.fromAsync(messagesOf(body, { position: 0 }))).toEqual([
    { name: 'user.posted', data, position: 7 },
  ]);
});
