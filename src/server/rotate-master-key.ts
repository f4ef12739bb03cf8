import type { DataPlace } from './data-place.ts';
import { type ServerRuns, withStoppedStore } from './stopped-store.ts';

export type MasterKeyOutcome =
  | { readonly kind: 'rotated'; readonly key: string; readonly records: number }
  | ServerRuns;

/**
 * Seals everything in a store again with a new master key.
 *
 * @throws AppError `store_unusable`, `store_full`, `invalid_configuration`
 */
export function rotateMasterKey(place: DataPlace): Promise<MasterKeyOutcome> {
  return withStoppedStore<MasterKeyOutcome>(
    place,
    { action: 'secrets rotate', permission: 'secret_key:write' },
    async (store) => ({
      kind: 'rotated',
      ...(await store.rotateKeys()),
    }),
  );
}
