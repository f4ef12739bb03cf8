import { masterPassphraseFile } from '../config/master-passphrase.ts';
import type { NewPassphrase } from '../store/passphrase-change.ts';
import { type DataPlace, dataPlace } from './data-place.ts';
import { readMasterPassphrase } from './master-passphrase.ts';
import { type ServerRuns, withStoppedStore } from './stopped-store.ts';

export type PassphraseOutcome = { readonly kind: 'changed' } | ServerRuns;

/** The file that the configuration names for the passphrase of the master key, and its text; undefined without one. */
export function namedPassphrase(place: DataPlace): { file: string; read: () => string } | undefined {
  const { settings } = dataPlace(place);
  const file = masterPassphraseFile(settings, place.environment);
  return file === undefined ? undefined : { file, read: () => readMasterPassphrase(file) };
}

/**
 * Changes the passphrase of the master key of a store that no server has open.
 *
 * @throws AppError `store_unusable`, `store_full`, `invalid_configuration`; then the present passphrase still counts
 */
export function changeStoredPassphrase(place: DataPlace, change: NewPassphrase): Promise<PassphraseOutcome> {
  return withStoppedStore<PassphraseOutcome>(
    { ...place, passphrase: change.current },
    { action: 'secrets passphrase', permission: 'secret_key:write' },
    async (store) => {
      await store.changePassphrase(change);
      return { kind: 'changed' };
    },
  );
}
