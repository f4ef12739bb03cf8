import { AppError } from '../lib/errors.ts';

/** Changes what is stored from version `to - 1` to version `to`. Runs once, inside one write transaction. */
export interface Migration<Tables> {
  to: number;
  describe: string;
  apply(tables: Tables): void;
}

/**
 * The migrations that bring a store from `stored` to `current`, in order.
 *
 * @throws AppError `store_unusable` when a newer version of the product wrote the store, or a step is missing
 */
export function pendingMigrations<Tables>(
  stored: number,
  current: number,
  all: readonly Migration<Tables>[],
): Migration<Tables>[] {
  if (stored > current) {
    throw new AppError('store_unusable', `the store has schema version ${stored}, this build knows ${current}`, {
      hint: 'start the newer commissaire again, or restore a backup made before the upgrade',
    });
  }
  return Array.from({ length: current - stored }, (_, index) => {
    const step = all.find(({ to }) => to === stored + index + 1);
    if (step !== undefined) return step;
    throw new AppError('store_unusable', `no migration leads to schema version ${stored + index + 1}`, {
      hint: 'install the version of commissaire that wrote this store',
    });
  });
}
