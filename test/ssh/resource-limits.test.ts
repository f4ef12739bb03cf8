import { expect, test } from 'vitest';
import { handshakeCeiling, sessionLimit } from '../../src/ssh/resource-limits.ts';

const gigabyte = 1024 ** 3;

test.each([
  ['plenty of both', { descriptors: 1_048_576, memoryBytes: 64 * gigabyte }, 65_536, 256],
  ['the usual soft limit of descriptors', { descriptors: 1024, memoryBytes: 8 * gigabyte }, 448, 224],
  ['little memory', { descriptors: 65_536, memoryBytes: gigabyte / 8 }, 128, 64],
  ['few descriptors, of which half is kept back', { descriptors: 100, memoryBytes: gigabyte }, 25, 12],
  ['fewer descriptors than the rest of the server needs', { descriptors: 40, memoryBytes: gigabyte }, 1, 1],
])('%s', (_name, resources, sessions, handshakes) => {
  expect([sessionLimit(resources), handshakeCeiling(resources)]).toEqual([sessions, handshakes]);
});
