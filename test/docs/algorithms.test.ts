import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { hostKeyAlgorithms, hostKeyTypes, offeredAlgorithms, offeredKems } from '../../src/ssh/algorithms.ts';

const document = readFileSync(join(import.meta.dirname, '../../docs/algorithms.md'), 'utf8');

/** The list in the section whose heading contains this. */
function listed(heading: string): string[] {
  const section = document.split(/^## /m).find((text) => text.split('\n', 1)[0]?.includes(heading)) ?? '';
  return [...section.matchAll(/^- `([^`]+)`/gm)].map(([, name = '']) => name);
}

test.each([
  ['KexAlgorithms', [...offeredAlgorithms.kex, ...Object.keys(offeredKems)]],
  ['HostKeyAlgorithms', hostKeyAlgorithms],
  ['Ciphers', offeredAlgorithms.cipher],
  ['MACs', offeredAlgorithms.hmac],
  ['Compression', offeredAlgorithms.compress],
  ['Private keys', Object.keys(hostKeyTypes)],
])('the document lists what is offered, in its order: %s', (heading, offered) => {
  expect(listed(heading)).toEqual(offered);
});
