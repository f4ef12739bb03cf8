/** A server on loopback that runs out at three quarters of the descriptors it is started with, until it is asked to end. */
import { readdirSync } from 'node:fs';
import { listenDirectly } from '../../../src/api/direct-listener.ts';
import { systemClock } from '../../../src/lib/clock.ts';
import { createLogger } from '../../../src/telemetry/log/log.ts';

const limit = Number(process.argv[2]);
const openNow = () => {
  try {
    return readdirSync('/proc/self/fd').length;
  } catch {
    return limit;
  }
};
const listener = listenDirectly(async () => new Response('answered'), {
  address: '127.0.0.1',
  port: 0,
  limits: { total: 1, perAddress: 1 },
  isProxy: () => true,
  runningOut: () => openNow() >= 0.75 * limit,
  clock: systemClock,
  logger: createLogger({ level: 'info' }),
});
process.stdout.write(`${listener.url}\n`);
process.once('SIGTERM', () => void listener.stop());
