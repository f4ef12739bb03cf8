import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { auditEntries, auditHeads } from '../audit/records.ts';
import { verifyStored } from '../audit/stored-trail.ts';
import { masterPassphraseFile } from '../config/master-passphrase.ts';
import { AppError } from '../lib/errors.ts';
import { openKeyFile } from '../store/key-file.ts';
import { lockDataDirectory } from '../store/lock.ts';
import { Keyring } from '../store/seal.ts';
import { damageOfWhole, dataFileOf } from '../store/store-file.ts';
import type { Compacted } from '../upkeep/database/compact.ts';
import type { Finding } from '../upkeep/database/finding.ts';
import type { StoreStats } from '../upkeep/database/stats.ts';
import { catalogue } from './catalogue.ts';
import { type DataPlace, dataPlace } from './data-place.ts';
import { readMasterPassphrase } from './master-passphrase.ts';
import { storeReferences } from './store-references.ts';

/** The outcome of a full check. */
export interface CheckedStore {
  readonly directory: string;
  readonly collections: number;
  readonly records: number;
  /** The number of all findings; the first ones of each kind are listed. */
  readonly count: number;
  readonly findings: readonly Finding[];
  readonly unchecked: readonly { readonly collection: string; readonly why: string }[];
}

const damagedRemedy =
  'restore a backup: `commissaire restore FILE`; what is on the damaged pages cannot be read any more';
const trailRemedy = 'keep a copy of the store for whoever investigates, and restore a backup whose trail is whole';

/**
 * Reads the whole store of a data directory: its structure, and when that is whole every value, reference and audit entry.
 *
 * @throws AppError `data_directory_in_use`, `store_unusable`, `invalid_configuration`
 */
export function checkDatabase(place: DataPlace): Promise<CheckedStore> {
  const { directory, settings } = dataPlace(place);
  return checkStore(resolve(directory), masterPassphraseFile(settings, place.environment));
}

/** @param passphraseFile of the master key, if there is one */
export async function checkStore(directory: string, passphraseFile?: string): Promise<CheckedStore> {
  using _lock = lockStore(directory);
  const damage = damageOfWhole(dataFileOf(directory));
  if (damage !== undefined) {
    const finding = { kind: 'structure', collection: '', key: '', problem: damage, remedy: damagedRemedy } as const;
    return { directory, collections: 0, records: 0, count: 1, findings: [finding], unchecked: [] };
  }
  // Imported late, because this loads the store's native addon.
  const [{ StoreScan }, { checkValues }] = await Promise.all([
    import('../store/scan.ts'),
    import('../upkeep/database/check.ts'),
  ]);
  const key = keyringOf(directory, passphraseFile);
  await using scan = new StoreScan(directory);
  const checked = await checkValues({ scan, catalogue, references: storeReferences, keyring: key.keyring });
  const { findings } = checked;
  if (key.fault !== undefined) findings.add(key.fault);
  const fault = await trailFault(directory);
  if (fault !== undefined) findings.add(fault);
  const { collections, records, unchecked } = checked;
  return { directory, collections, records, count: findings.count, findings: findings.listed, unchecked };
}

/** Gives free pages of the store back to the file system. @throws AppError as `compactStore`; `data_directory_in_use` */
export function compactDatabase(place: DataPlace): Promise<Compacted & { directory: string }> {
  return compactIn(resolve(dataPlace(place).directory));
}

/** The same in a directory that is known. */
export async function compactIn(directory: string): Promise<Compacted & { directory: string }> {
  using _lock = lockStore(directory);
  const { compactStore } = await import('../upkeep/database/compact.ts');
  return { directory, ...(await compactStore(directory)) };
}

/** Measures the store, whether its server runs or not. @throws AppError `store_unusable` */
export function measureDatabase(place: DataPlace): Promise<StoreStats> {
  return measureIn(resolve(dataPlace(place).directory));
}

/** The same in a directory that is known. */
export async function measureIn(directory: string): Promise<StoreStats> {
  const { statsOf } = await import('../upkeep/database/stats.ts');
  checkIsThere(directory);
  return statsOf(directory, catalogue);
}

function lockStore(directory: string): Disposable {
  checkIsThere(directory);
  return lockDataDirectory(directory);
}

function checkIsThere(directory: string): void {
  if (existsSync(dataFileOf(directory))) return;
  throw new AppError('store_unusable', `there is no store in the data directory ${directory}`, {
    hint: 'a server makes it at its first start; name the data directory of the server with --data-dir',
  });
}

/** A key that cannot be read is a finding, and the rest is checked without it. */
function keyringOf(directory: string, file: string | undefined): { keyring?: Keyring; fault?: Finding } {
  const path = join(directory, 'master.key');
  try {
    const passphrase = file === undefined ? undefined : readMasterPassphrase(file);
    return { keyring: new Keyring(openKeyFile({ path, mayCreate: false, passphrase }).keys) };
  } catch (error) {
    if (!(error instanceof AppError)) throw error;
    const remedy = error.hint ?? 'restore the master key from its backup';
    return { fault: { kind: 'value', collection: '', key: 'master.key', problem: error.message, remedy } };
  }
}

async function trailFault(directory: string): Promise<Finding | undefined> {
  const { openReadOnly } = await import('../store/read-only.ts');
  await using store = openReadOnly(directory, [auditEntries, auditHeads]);
  const verdict = await verifyStored(store);
  if (verdict.whole) return undefined;
  const problem = `the audit trail is broken: ${verdict.reason}`;
  return { kind: 'audit', collection: auditEntries.name, key: String(verdict.sequence), problem, remedy: trailRemedy };
}
