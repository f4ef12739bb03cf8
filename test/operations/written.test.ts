import { expect, test } from 'vitest';
import { succeeded } from '../../src/operations/kind.ts';
import { OperationViews } from '../../src/operations/operation-views.ts';
import { readState } from '../../src/operations/records.ts';
import { until } from '../support/until.ts';
import { engineOn, FaultyStore, Gate, hostsNamed, kindOf, request, temporaryStore } from './support.ts';

test('an operation under way is shown as it is on disk, and no further', async () => {
  await using real = temporaryStore();
  const store = new FaultyStore(real);
  const held = new Gate();
  const printed = new Gate();
  const kind = kindOf({
    async run(work) {
      await work.phase('acting');
      await work.output(Buffer.from('first\n'));
      printed.open();
      await held.passed;
      return succeeded(0);
    },
  });
  const engine = engineOn(store, [kind]);
  const views = new OperationViews(store, engine);
  const { operation } = await engine.start(request({ strategy: { batch: 2 } }), async () => hostsNamed(3));
  await printed.passed;
  const shownAndStored = async () => {
    const { operation: stored, hosts } = await readState(store, operation.id);
    const shown = await views.get(operation.id);
    return [
      [shown.status, shown.counts, shown.results.map(({ state, output_bytes }) => [state, output_bytes])],
      [stored.status, stored.counts, Array.from(hosts.values(), ({ state, output_bytes }) => [state, output_bytes])],
    ];
  };
  await until(async () => {
    const [shown, stored] = await shownAndStored();
    return (
      JSON.stringify(shown) === JSON.stringify(stored) && JSON.stringify(shown).includes('["running",6],["running",6]')
    );
  });

  // What cannot be written down is not shown, whatever the run goes by.
  store.beforeWrite = () => {
    throw new Error('the disk is broken');
  };
  held.open();
  await until(async () => engine.writtenState(operation.id) === undefined);
  const { results } = await views.get(operation.id);
  expect(results.map(({ state }) => state)).toEqual(['running', 'running', 'pending']);
  store.beforeWrite = () => {};
  await engine.stop();
});
