import { Elysia } from 'elysia';
import { AppError } from '../lib/errors.ts';
import { version } from '../lib/version.ts';
import type { Services } from './context.ts';

/** Whether the server lives, can serve, and which one it is. */
export function systemRoutes({ unready, operations }: Services) {
  const checkReady = () => {
    const reason = unready();
    if (reason !== undefined) throw new AppError('shutting_down', reason, { hint: 'try again in a moment' });
  };
  return new Elysia({ name: 'system' })
    .get('/livez', () => ({ status: 'ok' }))
    .get('/readyz', () => {
      checkReady();
      return { status: 'ok' };
    })
    .get('/version', () => ({ name: 'commissaire', version }))
    .get('/api/v0/status', async () => ({
      // The original's members (contract 1.7): what were daemons runs inside now.
      etcd: { status: 'OK' },
      investigator: { status: 'OK', info: { size: 1, in_use: await operations.running('bootstrap'), errors: [] } },
      watcher: { status: 'OK', info: { size: 0, in_use: 0, errors: [] } },
      version,
      operations: { running: await operations.running() },
    }));
}
