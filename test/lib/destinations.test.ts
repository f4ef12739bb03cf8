import { describe, expect, test } from 'vitest';
import { destinationsOf, isDestination } from '../../src/lib/destinations.ts';

test.each([
  ['lb.example.com', true],
  ['LB.example.com.:443', true],
  ['192.0.2.7', true],
  ['192.0.2.7:8080', true],
  ['192.0.2.0/24', true],
  ['192.0.2.0/24:8080', true],
  ['2001:db8::7', true],
  ['2001:db8::/32', true],
  ['[2001:db8::7]', true],
  ['[2001:db8::/32]:443', true],
  ['192.0.2.0/33', false],
  ['192.0.2.7:0', false],
  ['192.0.2.7:65536', false],
  ['lb.example.com:http', false],
  ['[lb.example.com]:443', false],
  ['[192.0.2.7]:443', false],
  ['2001:db8::7:99999', false],
  ['http://lb.example.com', false],
  ['user@lb.example.com', false],
  ['*.example.com', false],
  ['2130706433', false],
  ['127.1', false],
  ['', false],
])('%j is a destination: %j', (text, expected) => {
  expect(isDestination(text)).toBe(expected);
});

const allowed = destinationsOf([
  'lb.example.com',
  'api.example.com:443',
  '192.0.2.7',
  '198.51.100.0/24:8080',
  '[2001:db8::/32]:443',
  '::ffff:203.0.113.9',
]);

describe('a list', () => {
  test.each([
    ['lb.example.com', 80, true],
    ['api.example.com', 443, true],
    ['api.example.com', 80, false],
    ['example.com', 443, false],
    ['x.lb.example.com', 80, false],
  ])('allows the name %s at %i: %j', (name, port, expected) => {
    expect(allowed.allowsName(name, port)).toBe(expected);
  });

  test.each([
    ['192.0.2.7', 1, true],
    ['192.0.2.8', 1, false],
    ['198.51.100.200', 8080, true],
    ['198.51.100.200', 80, false],
    ['2001:db8::1', 443, true],
    ['2001:db8::1', 444, false],
    ['203.0.113.9', 80, true],
    ['lb.example.com', 80, false],
  ])('allows the address %s at %i: %j', (address, port, expected) => {
    expect(allowed.allowsAddress(address, port)).toBe(expected);
  });

  test('that is empty allows nothing', () => {
    const nothing = destinationsOf([]);
    expect(nothing.allowsAddress('192.0.2.7', 80) || nothing.allowsName('a', 80) || nothing.allowsSomeAddress(80)).toBe(
      false,
    );
  });
});
