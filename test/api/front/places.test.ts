import { expect, test } from 'vitest';
import { Places } from '../../../src/api/front/places.ts';
import { recordingLogger, standingClock } from '../../auth/support.ts';

function placesFor(total: number, perAddress: number) {
  const [clock, logger] = [standingClock(), recordingLogger()];
  const places = new Places({
    limits: { total, perAddress },
    isProxy: (address) => address === '192.0.2.99',
    clock,
    logger,
  });
  const gone: string[] = [];
  const connection = (name: string) => ({ destroy: () => gone.push(name) });
  return { places, clock, logger, gone, connection };
}

test('one address has so many places and no more, until one of them is free again', () => {
  const { places, connection } = placesFor(10, 2);
  const first = connection('first');
  expect(places.take('192.0.2.1', first)).toBe(true);
  expect(places.take('192.0.2.1', connection('second'))).toBe(true);
  expect(places.take('192.0.2.1', connection('third'))).toBe(false);
  expect(places.take('192.0.2.2', connection('other'))).toBe(true);
  places.leave('192.0.2.1', first);
  expect(places.take('192.0.2.1', connection('fourth'))).toBe(true);
});

test('behind a proxy are many clients', () => {
  const { places, connection } = placesFor(10, 2);
  const taken = ['a', 'b', 'c', 'd'].map((name) => places.take('192.0.2.99', connection(name)));
  expect(taken).toEqual([true, true, true, true]);
});

test('when all places are taken, whoever has most of them gives up the oldest, and not to itself', () => {
  const { places, connection, gone } = placesFor(4, 4);
  for (const name of ['a', 'b', 'c']) places.take('192.0.2.1', connection(name));
  places.take('192.0.2.2', connection('x'));
  expect(places.take('192.0.2.1', connection('d'))).toBe(false);
  expect(gone).toEqual([]);
  expect(places.take('192.0.2.3', connection('y'))).toBe(true);
  expect(places.take('192.0.2.4', connection('z'))).toBe(true);
  expect(gone).toEqual(['a', 'b']);
  expect(places.take('192.0.2.5', connection('w'))).toBe(false);
});

test('refusals are told once a minute, with how many there were', () => {
  const { places, connection, clock, logger } = placesFor(1, 1);
  const attempt = () => places.take('192.0.2.1', connection('a'));
  for (let index = 0; index < 5; index += 1) attempt();
  clock.advance(60_000);
  attempt();
  expect(logger.lines).toEqual([
    'warn connections refused {"peer":"192.0.2.1","reason":"too many from this address","refused":1,"open":1}',
    'warn connections refused {"peer":"192.0.2.1","reason":"too many from this address","refused":4,"open":1}',
  ]);
});
