import { expect, test } from 'vitest';
import { Hosts } from '../../src/inventory/hosts.ts';
import { systemClock } from '../../src/lib/clock.ts';
import { AppError } from '../../src/lib/errors.ts';
import { timeOrderedId } from '../../src/lib/ids.ts';
import { bootstrapKind } from '../../src/operations/kinds/bootstrap.ts';
import { readState } from '../../src/operations/records.ts';
import { HostKeys } from '../../src/ssh/host-keys.ts';
import { engineOn, kindOf, request, runToEnd, temporaryStore } from './support.ts';

/** What a machine printed, and a message repeats. */
const said = `\u001b]52;c;AAAA\u0007\u202e\u009b31m${'x'.repeat(1_000_000)}`;
const isBounded = /^[^\p{Cc}\p{Cf}]{1,2000}$/u;

test('the error of a host in an operation is short, and holds no control characters', async () => {
  await using store = temporaryStore();
  const kind = kindOf({
    run: async () => {
      throw new AppError('command_failed', `it said ${said}`);
    },
  });
  const id = await runToEnd(engineOn(store, [kind]), request(), ['h01']);
  const { hosts } = await readState(store, id);
  expect(hosts.get('h01')?.error).toEqual({ code: 'command_failed', message: expect.stringMatching(isBounded) });
});

test('so is that of a host whose bootstrap failed', async () => {
  await using store = temporaryStore();
  const hosts = new Hosts(store, new HostKeys(store, systemClock), timeOrderedId);
  const address = '127.66.0.1';
  await hosts.create({ address, ssh_priv_key: '' });
  const kind = bootstrapKind(hosts, { activate: async () => {} }, systemClock);
  const target = async () => {
    throw new AppError('unreachable', `it said ${said}`);
  };
  await runToEnd(engineOn(store, [kind], { target }), request({ kind: 'bootstrap' }), [address]);
  expect(await hosts.get(address)).toMatchObject({ status: 'failed', error: expect.stringMatching(isBounded) });
});
