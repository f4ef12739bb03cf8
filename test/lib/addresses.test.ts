import { describe, expect, test } from 'vitest';
import { canonicalAddress, checkedName } from '../../src/lib/addresses.ts';

describe('an address has one spelling', () => {
  const cases = [
    ['192.0.2.7', '192.0.2.7'],
    ['2001:DB8:0:0:0:0:0:0001', '2001:db8::1'],
    ['2001:db8::0:1', '2001:db8::1'],
    ['::', '::'],
    ['::1', '::1'],
    ['::ffff:192.0.2.7', '192.0.2.7'],
    ['::FFFF:c000:207', '192.0.2.7'],
    ['0:0:0:0:0:ffff:0.0.0.0', '0.0.0.0'],
    ['64:ff9b::192.0.2.7', '64:ff9b::c000:207'],
    ['Node7.Example.COM', 'node7.example.com'],
    ['node7.example.com.', 'node7.example.com'],
    ['node_7', 'node_7'],
    ['7', undefined],
    ['node.7', undefined],
    ['7.node', '7.node'],
    ['0x7f000001', undefined],
    ['127.0x1', undefined],
    ['0xhost', '0xhost'],
    ['127.1', undefined],
    ['127.0.0.01', undefined],
    ['127.0.0.256', undefined],
    ['192.0.2.7.', undefined],
    ['[::1]', undefined],
    ['::1::', undefined],
    ['', undefined],
    ['.', undefined],
    ['a..b', undefined],
    ['-a', undefined],
    ['a-', undefined],
    ['a b', undefined],
    ['a\n', undefined],
    [`${'a'.repeat(63)}.b`, `${'a'.repeat(63)}.b`],
    [`${'a'.repeat(64)}.b`, undefined],
    [`${'a.'.repeat(126)}b`, `${'a.'.repeat(126)}b`],
    [`${'a.'.repeat(127)}b`, undefined],
  ] as const;

  test.each(cases)('%j is %j', (text, canonical) => {
    if (canonical === undefined) expect(() => canonicalAddress(text)).toThrow(/is not an IPv4 or IPv6 address/);
    else expect(canonicalAddress(text)).toBe(canonical);
  });
});

test.each(['fe80::1%eth0', 'FE80::1%2', 'fe80::1%25eth0', '::ffff:192.0.2.7%lo'])('%s has a zone', (text) => {
  expect(() => canonicalAddress(text)).toThrow(/with the zone "%.*", which means something on one machine only/);
});

test.each(['c1', 'C-1_x', '__proto__', 'x'.repeat(255)])('%s is a name', (name) => {
  expect(checkedName(name)).toBe(name);
});

test.each(['', 'a b', 'a.b', 'a/b', 'é', 'a\n', 'x'.repeat(256)])('%j is no name', (name) => {
  expect(() => checkedName(name)).toThrow(/is not a name/);
});
