import { expect, test } from 'vitest';
import { inCidrs, isCidr } from '../../src/lib/cidr.ts';

test.each([
  ['192.0.2.7', true],
  ['192.0.2.0/24', true],
  ['0.0.0.0/0', true],
  ['2001:db8::/32', true],
  ['::1/128', true],
  ['192.0.2.0/33', false],
  ['::1/129', false],
  ['192.0.2.0/', false],
  ['192.0.2.0/24/8', false],
  ['192.0.2.0/-1', false],
  ['192.0.2', false],
  ['fe80::1%eth0', false],
  ['proxy.example.com', false],
  ['', false],
])('%j is a network: %j', (text, expected) => {
  expect(isCidr(text)).toBe(expected);
});

test.each([
  ['192.0.2.7', true],
  ['192.0.2.8', false],
  ['198.51.100.255', true],
  ['198.51.101.0', false],
  ['2001:db8:1::7', true],
  ['2001:db9::7', false],
  ['::ffff:192.0.2.7', true],
  ['proxy.example.com', false],
  ['', false],
])('%j is in one of the networks: %j', (address, expected) => {
  expect(inCidrs(['192.0.2.7', '198.51.100.0/24', '2001:db8::/32'])(address)).toBe(expected);
});
