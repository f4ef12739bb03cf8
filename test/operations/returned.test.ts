import { expect, test } from 'vitest';
import type { Store } from '../../src/store/contract.ts';
import { engineOn, failed, kindOf, request, runToEnd, temporaryStore, unreachable } from './support.ts';

async function returned(store: Store): Promise<object[]> {
  const events = await store.events.read(0, 1_000);
  return events.filter(({ action }) => action === 'returned');
}

const leavings = [
  ['unreachable', 'unreachable', async () => unreachable()],
  ['unhealthy', 'rebooting', async () => failed('it did not come back')],
] as const;

test.each(leavings)(
  'a host that was left %s returns with the next operation that succeeds on it, and once',
  async (was, phase, leave) => {
    await using store = temporaryStore();
    let act: () => Promise<ReturnType<typeof failed>> = leave;
    const kind = kindOf({
      async run(work) {
        if (phase === 'rebooting') await work.phase('rebooting');
        return act();
      },
    });
    const run = () => runToEnd(engineOn(store, [kind]), request(), ['h01']);
    await run();
    expect(await returned(store)).toEqual([]);
    act = async () => ({ state: 'succeeded', exit_code: 0, error: null });
    await run();
    await run();
    expect(await returned(store)).toMatchObject([{ type: 'host', key: 'h01', data: { was } }]);
  },
);
