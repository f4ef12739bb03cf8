import { rmSync } from 'node:fs';
import { userInfo } from 'node:os';
import { join } from 'node:path';
import { Type as t } from '@sinclair/typebox';
import { describe, expect, test } from 'vitest';
import { type Kind, type Step, succeeded } from '../../../src/operations/kind.ts';
import { type DetachedStep, detachedStep } from '../../../src/operations/kinds/detached-step.ts';
import { temporaryDirectory } from '../../support/temporary.ts';
import { until } from '../../support/until.ts';
import { benchOf, processesWith } from './support.ts';

/** A kind of this step, and of another one if given. */
function kindWith(definition: Omit<DetachedStep, 'name'>, ...after: readonly Step[]): Kind {
  return {
    name: 'act',
    parameters: t.Object({}),
    steps: () => [detachedStep({ name: 'act', ...definition }), ...after],
  };
}

describe.skipIf(userInfo().uid !== 0)(
  'a kind with a detached command (root only: its run directory is in /run)',
  () => {
    test('that must not be cut off goes on when its time is up, and the error says so; cancelled it ends', async () => {
      using directory = temporaryDirectory();
      const go = join(directory.path, 'go');
      const command = `echo begun; while [ ! -e ${go} ]; do sleep 0.05; done`;
      await using bench = await benchOf(kindWith({ command: () => ({ command }) }));
      const { id, host } = await bench.run({}, { timeout: 2 });
      expect(host).toMatchObject({
        state: 'failed',
        error: { code: 'outcome_unknown', message: expect.stringContaining('goes on there') },
      });
      expect(processesWith(`/run/commissaire/${id}.act/run`)).not.toEqual([]);
      await Bun.write(go, '');
      await until(() => processesWith(`/run/commissaire/${id}.act/run`).length === 0);
      rmSync(`/run/commissaire/${id}.act`, { recursive: true });

      rmSync(go);
      const second = await bench.start({});
      await until(async () => (await bench.result(second.id)).output === 'begun\n');
      await second.engine.command(second.id, { act: 'cancel', by: 'tester', now: true });
      await second.engine.released(second.id);
      expect((await bench.result(second.id)).host).toMatchObject({ state: 'cancelled', error: { code: 'cancelled' } });
      expect(processesWith(`/run/commissaire/${second.id}.act/run`)).toEqual([]);
      rmSync(`/run/commissaire/${second.id}.act`, { recursive: true });
    });

    test.each([
      ['has ended well, something can follow', 'true', 1],
      ['has failed, nothing follows', 'false', 0],
    ])('when it %s', async (_name, command, times) => {
      let followed = 0;
      const following = async () => {
        followed += 1;
        return succeeded(null);
      };
      const after: Step = { name: 'after', acts: [], run: following, judge: following };
      await using bench = await benchOf(kindWith({ command: () => ({ command }) }, after));
      await bench.run({});
      expect(followed).toBe(times);
    });
  },
);
