import { expect, test } from 'vitest';
import { sameMachineWarnings } from '../../src/cli/same-machine.ts';
import type { SameMachine } from '../../src/inventory/same-machine.ts';

const key = (address: string): SameMachine => ({ address, by: ['host_key'] });
const id = (address: string): SameMachine => ({ address, by: ['machine_id'] });

test('pairs become sets, one line for each', () => {
  const found = new Map([
    ['h1', [key('h2')]],
    ['h2', [key('h1')]],
    ['h3', [id('h4')]],
    ['h5', []],
    ['h6', [id('h1'), key('h7')]],
  ]);
  expect(sameMachineWarnings(found)).toBe(
    'commctl: warning: h[3-4] (2 hosts) may be one machine: the same machine id\n' +
      'commctl: warning: h[1-2,6-7] (4 hosts) may be one machine: the same host key and machine id\n',
  );
  expect(sameMachineWarnings(new Map())).toBe('');
});

test('thirty clones are one line', () => {
  const names = Array.from({ length: 30 }, (_, index) => `192.0.2.${index + 1}`);
  const found = new Map(
    names.map((name) => [
      name,
      names
        .filter((other) => other !== name)
        .slice(0, 10)
        .map(key),
    ]),
  );
  expect(sameMachineWarnings(found)).toBe(
    'commctl: warning: 192.0.2.[1-30] (30 hosts) may be one machine: the same host key\n',
  );
});
