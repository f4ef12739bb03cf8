import { auditEntries, auditHeads, auditKey, headKey, type TrailHead } from '../audit/records.ts';
import type { ServerConfiguration } from '../config/configuration.ts';
import { Faults, faultsOf } from '../config/faults.ts';
import { type ConfigurationRequest, gatherSettings } from '../config/gather.ts';
import { checkTogether, configurationOf, dataDirectory } from '../config/load.ts';
import { configurationNotes } from '../config/notes.ts';
import { parseTimestamp, systemClock } from '../lib/clock.ts';
import { describeError } from '../lib/errors.ts';
import { logSizes, operationRecords, progressRecords, runningRecords } from '../operations/records.ts';
import { dataFileOf, fileState } from '../store/store-file.ts';
import { backupStatusRecords } from '../upkeep/backup/status.ts';
import type { Kept, Site } from '../upkeep/doctor/check.ts';
import { ensureAddonDirectory } from './addon-directory.ts';
import { answeringServer } from './answering-server.ts';
import { checkNamedFiles } from './check-configuration.ts';
import { isOwnCertificate } from './own-certificate.ts';
import { sealedEndpoints } from './sealed-endpoints.ts';

/**
 * The installation that flags, environment and configuration file name, for `upkeep/doctor` and `upkeep/bundle`. Reads
 * only; a server may be running on it.
 *
 * @throws AppError `invalid_configuration` when the configuration file cannot be read
 */
export async function examinedSite(request: ConfigurationRequest): Promise<Site> {
  const faults = new Faults();
  const gathered = gatherSettings(request, faults);
  const { settings, configurationFile } = gathered;
  checkTogether(settings, faults);
  const configuration = faults.found.length === 0 ? configurationOf(gathered, request) : undefined;
  const notes =
    configuration === undefined ? [] : [...configurationNotes(configuration, settings, request.environment)];
  if (configuration !== undefined) await checkNamedFiles(settings, faults, notes);
  const dataDir = dataDirectory(settings, request);
  makeAddonLoadable(dataDir, configurationFile);
  const openStore = () => openKept(dataDir);
  return {
    clock: systemClock,
    environment: request.environment,
    dataDir,
    configurationFile,
    configuration,
    faults: faults.found.flatMap(faultsOf).map(describeError),
    notes,
    renewsCertificate: renewsCertificate(configuration),
    openStore,
    containerManagers: () => sealedEndpoints(dataDir, configuration?.masterPassphraseFile),
    server: await answeringServer(dataDir, configuration?.unixSocket?.path),
    newestRecordAt: () => newestRecordAt(dataDir),
    kept: () => keptIn(dataDir, configuration),
  };
}

/** Where it cannot be, the check of the temporary directory says so, and that of the store fails. */
function makeAddonLoadable(dataDir: string, configurationFile: string | undefined): void {
  try {
    ensureAddonDirectory({ dataDir, configurationFile, mayMake: false });
  } catch {
    // Reported by the checks.
  }
}

function renewsCertificate(configuration: ServerConfiguration | undefined): boolean {
  if (configuration?.tlsPemfile === undefined || configuration.certificateRenewal === 'never') return false;
  return isOwnCertificate(configuration.tlsPemfile, configuration.dataDir);
}

async function openKept(dataDir: string) {
  // Imported late, because this loads the store's native addon.
  const { openReadOnly } = await import('../store/read-only.ts');
  const ofOperations = [operationRecords, progressRecords, runningRecords, logSizes];
  return openReadOnly(dataDir, [auditEntries, auditHeads, backupStatusRecords, ...ofOperations]);
}

async function newestRecordAt(dataDir: string): Promise<number | undefined> {
  if (fileState(dataFileOf(dataDir)) !== 'filled') return undefined;
  await using store = await openKept(dataDir);
  const head = (await store.get(auditHeads, headKey))?.value;
  const newest = head && (await store.get(auditEntries, auditKey(head.sequence)))?.value;
  return newest && parseTimestamp(newest.at);
}

async function keptIn(dataDir: string, configuration: ServerConfiguration | undefined): Promise<Kept[]> {
  if (configuration === undefined) return [];
  await using store = await openKept(dataDir);
  const head = (await store.get(auditHeads, headKey))?.value;
  let logs = 0;
  for await (const { value } of store.list(logSizes)) logs += value.bytes;
  const { operationLimit, auditLimit, logLimit, eventLimit } = configuration;
  return [
    {
      what: 'operations',
      option: 'operation-limit',
      present: await store.count(operationRecords),
      limit: operationLimit,
    },
    { what: 'audit trail', option: 'audit-limit', present: lengthOf(head), limit: auditLimit },
    { what: 'events', option: 'event-limit', present: store.counters()?.eventRows ?? 0, limit: eventLimit },
    { what: 'logs', option: 'log-limit', present: logs, limit: logLimit, inBytes: true },
  ];
}

function lengthOf(head: TrailHead | undefined): number {
  return head === undefined ? 0 : head.sequence - head.anchor.sequence;
}
