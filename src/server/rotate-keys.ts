import { type Rotation, TokenKeys } from '../auth/tokens/keys.ts';
import { systemClock } from '../lib/clock.ts';
import { timeOrderedId } from '../lib/ids.ts';
import type { DataPlace } from './data-place.ts';
import { type ServerRuns, withStoppedStore } from './stopped-store.ts';

export type RotationOutcome = { readonly kind: 'rotated'; readonly rotation: Rotation } | ServerRuns;

/**
 * Creates a new key for signing tokens, directly in the store.
 *
 * @throws AppError `store_unusable`, `invalid_configuration`
 */
export function rotateStoredKeys(place: DataPlace): Promise<RotationOutcome> {
  return withStoppedStore<RotationOutcome>(
    place,
    { action: 'keys rotate', permission: 'token_key:write' },
    async (store) => {
      const keys = await TokenKeys.open({ store, clock: systemClock, newId: timeOrderedId });
      return { kind: 'rotated', rotation: await keys.rotate() };
    },
  );
}
