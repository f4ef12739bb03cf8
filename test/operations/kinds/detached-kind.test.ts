import { rmSync } from 'node:fs';
import { userInfo } from 'node:os';
import { join } from 'node:path';
import { Type as t } from '@sinclair/typebox';
import { describe, expect, test } from 'vitest';
import { systemClock } from '../../../src/lib/clock.ts';
import type { HostWork } from '../../../src/operations/kind.ts';
import { detachedKind } from '../../../src/operations/kinds/detached-kind.ts';
import { defaultStrategy } from '../../../src/operations/strategy.ts';
import { fleetTarget } from '../../support/ssh.ts';
import { temporaryDirectory } from '../../support/temporary.ts';
import { until } from '../../support/until.ts';
import { benchOf, processesWith } from './support.ts';

test('taken up at the reboot that follows, it does not run its command again', async () => {
  const kind = detachedKind({
    name: 'act',
    parameters: t.Object({}),
    command: () => {
      throw new Error('it was asked for its command');
    },
  });
  await using bench = await benchOf(kind);
  const pool = bench.link.pool();
  const phases: string[] = [];
  const work: HostWork = {
    operation: 'taken-up',
    address: bench.address,
    clock: systemClock,
    strategy: defaultStrategy,
    signal: new AbortController().signal,
    outputBytes: () => 0,
    phase: async (phase) => void phases.push(phase),
    intend: () => Promise.reject(new Error('there is nothing left to begin')),
    output: async () => undefined,
    session: () => pool.lend(fleetTarget(bench.fleet)),
    dropSessions: () => pool.drop(bench.address),
  };
  // This machine is in another boot: as far as the kind can tell, the reboot has happened.
  const intent = { act: 'reboot', boot_id: '0d8a4cb4-3e0b-4a73-9d5b-1f2e5b0e7c11' };
  expect(await kind.judge(work, {}, intent)).toEqual({ state: 'succeeded', exit_code: 0, error: null });
  expect(phases).toEqual(['acting', 'rebooting']);
});

describe.skipIf(userInfo().uid !== 0)(
  'a kind with a detached command (root only: its run directory is in /run)',
  () => {
    test('that must not be cut off goes on when its time is up, and the error says so; cancelled it ends', async () => {
      using directory = temporaryDirectory();
      const go = join(directory.path, 'go');
      const command = `echo begun; while [ ! -e ${go} ]; do sleep 0.05; done`;
      await using bench = await benchOf(
        detachedKind({ name: 'act', parameters: t.Object({}), command: () => ({ command }) }),
      );
      const { id, host } = await bench.run({}, { timeout: 2 });
      expect(host).toMatchObject({
        state: 'failed',
        error: { code: 'outcome_unknown', message: expect.stringContaining('goes on there') },
      });
      expect(processesWith(`/run/commissaire/${id}/run`)).not.toEqual([]);
      await Bun.write(go, '');
      await until(() => processesWith(`/run/commissaire/${id}/run`).length === 0);
      rmSync(`/run/commissaire/${id}`, { recursive: true });

      rmSync(go);
      const second = await bench.start({});
      await until(async () => (await bench.result(second.id)).output === 'begun\n');
      await second.engine.command(second.id, { act: 'cancel', by: 'tester', now: true });
      await second.engine.released(second.id);
      expect((await bench.result(second.id)).host).toMatchObject({ state: 'cancelled', error: { code: 'cancelled' } });
      expect(processesWith(`/run/commissaire/${second.id}/run`)).toEqual([]);
      rmSync(`/run/commissaire/${second.id}`, { recursive: true });
    });

    test.each([
      ['has ended well, something can follow', 'true', 1],
      ['has failed, nothing follows', 'false', 0],
    ])('when it %s', async (_name, command, times) => {
      let followed = 0;
      await using bench = await benchOf(
        detachedKind({
          name: 'act',
          parameters: t.Object({}),
          command: () => ({ command }),
          async andThen() {
            followed += 1;
          },
        }),
      );
      await bench.run({});
      expect(followed).toBe(times);
    });
  },
);
