import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { containerManagerRecords } from '../inventory/collections.ts';
import { asSealed } from '../store/contract.ts';
import { openKeyFile } from '../store/key-file.ts';
import { isWrapped } from '../store/passphrase.ts';
import { Keyring, openRecord } from '../store/seal.ts';
import { dataFileOf, fileState } from '../store/store-file.ts';
import type { Endpoint } from '../upkeep/doctor/check.ts';
import { readMasterPassphrase } from './master-passphrase.ts';

const sealed = asSealed(containerManagerRecords);

/**
 * The URLs of the container managers in a store that a server may have open. Writes nothing: a key that a passphrase
 * does not protect yet stays so.
 *
 * @throws AppError `store_unusable`, `invalid_configuration`
 */
export async function sealedEndpoints(dataDir: string, passphraseFile: string | undefined): Promise<Endpoint[]> {
  if (fileState(dataFileOf(dataDir)) !== 'filled') return [];
  // Imported late, because this loads the store's native addon.
  const { openReadOnly } = await import('../store/read-only.ts');
  await using store = openReadOnly(dataDir, [sealed]);
  const found = await Array.fromAsync(store.list(sealed));
  if (found.length === 0) return [];
  const path = join(dataDir, 'master.key');
  const passphrase =
    isWrapped(readFileSync(path, 'utf8')) && passphraseFile !== undefined
      ? readMasterPassphrase(passphraseFile)
      : undefined;
  const keyring = new Keyring(openKeyFile({ path, mayCreate: false, passphrase }).keys);
  const opened = found.map(({ key, value }) =>
    openRecord(keyring, { collection: sealed.name, key, sealed: value, isEarlier: true }),
  );
  return (await Promise.all(opened)).flatMap(endpointOf);
}

function endpointOf(record: unknown): Endpoint[] {
  const { name, options } = record as { name: string; options: Record<string, unknown> };
  const { server_url: url, certificate_authority: authority, insecure } = options;
  if (typeof url !== 'string') return [];
  return [
    {
      what: `container manager ${name}`,
      url: URL.parse(url)?.origin ?? 'no URL',
      insecure: insecure === true,
      authority: typeof authority === 'string' ? certificatesIn(authority) : undefined,
    },
  ];
}

/** The text of the certificates, which may be in a file; undefined for one that cannot be read. */
function certificatesIn(authority: string): string | undefined {
  if (!authority.startsWith('/')) return authority;
  try {
    return readFileSync(authority, 'utf8');
  } catch {
    return undefined;
  }
}
