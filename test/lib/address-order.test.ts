import { expect, test } from 'vitest';
import { addressOrder } from '../../src/lib/address-order.ts';

test('addresses are in the order of their numbers, IPv4 first and names last', () => {
  const inOrder = [
    '9.0.0.1',
    '10.0.0.1',
    '192.0.2.9',
    '192.0.2.10',
    '::',
    '::1',
    '1::',
    '2001:db8::9',
    '2001:db8::a',
    '2001:db8::10',
    '2001:db8:1::',
    'a.example',
    'b.example',
  ];
  const shuffled = inOrder.toSorted();
  expect(shuffled).not.toEqual(inOrder);
  expect(shuffled.toSorted((one, other) => (addressOrder(one) < addressOrder(other) ? -1 : 1))).toEqual(inOrder);
});
