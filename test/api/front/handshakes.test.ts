import { Socket } from 'node:net';
import { expect, test } from 'vitest';
import { Handshakes } from '../../../src/api/front/handshakes.ts';

test('when too many handshakes are under way, whoever has most of them loses the oldest, and nobody is refused', () => {
  const handshakes = new Handshakes();
  const begun = (address: string) => {
    const socket = new Socket();
    handshakes.begin(address, socket);
    return socket;
  };
  const quick = begun('192.0.2.2');
  const greedy = Array.from({ length: 255 }, () => begun('192.0.2.1'));
  expect([quick, ...greedy].some(({ destroyed }) => destroyed)).toBe(false);
  const late = begun('192.0.2.3');
  expect(greedy.findIndex(({ destroyed }) => destroyed)).toBe(0);
  expect([quick, late, ...greedy.slice(1)].some(({ destroyed }) => destroyed)).toBe(false);
  handshakes.end('192.0.2.2', quick);
  begun('192.0.2.4');
  expect(greedy[1]?.destroyed).toBe(false);
});
