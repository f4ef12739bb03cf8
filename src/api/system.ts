import { AppError } from '../lib/errors.ts';
import { version } from '../lib/version.ts';
import type { Services } from './context.ts';
import { Elysia } from './framework.ts';

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
    .get('/api/v0/status', async () => {
      const investigating = await running(operations, 'bootstrap');
      const all = await running(operations);
      const works = unready() === undefined && investigating !== undefined;
      return {
        // The original's members (contract 1.7): what were daemons and a store apart runs inside now.
        etcd: { status: statusOf(all !== undefined) },
        investigator: {
          status: statusOf(works),
          info: { size: investigating ?? 0, in_use: investigating ?? 0, errors: [] },
        },
        // Said as it is: a health check must not take hosts for watched that nobody watches.
        watcher: { status: statusOf(false), info: { size: 0, in_use: 0, errors: ['this version watches no hosts'] } },
        version,
        operations: { running: all ?? 0 },
      };
    });
}

/** Undefined when the store cannot be read. */
async function running(operations: Services['operations'], kind?: string): Promise<number | undefined> {
  return operations.running(kind).catch(() => undefined);
}

function statusOf(works: boolean): 'OK' | 'FAILED' {
  return works ? 'OK' : 'FAILED';
}
