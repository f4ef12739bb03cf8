import { readFile } from 'node:fs/promises';
import { connect } from '../../../client/connect.ts';
import { NoServerError } from '../../../client/no-server-error.ts';
import { systemReason } from '../../../lib/system-reason.ts';
import { carryOut } from '../../../original/carry-out.ts';
import { readMasterKey } from '../../../original/custodia/master-key.ts';
import { SealedSecrets } from '../../../original/custodia/sealed.ts';
import { sealedKeys } from '../../../original/custodia/sealed-keys.ts';
import type { Custodia } from '../../../original/custodia/secret.ts';
import { RunningCustodia } from '../../../original/custodia/socket.ts';
import { etcdAccess } from '../../../original/etcd/environment.ts';
import type { EtcdKey } from '../../../original/etcd/tree.ts';
import { readInstallation } from '../../../original/installation.ts';
import { KnownHostKeys } from '../../../original/known-hosts.ts';
import { Logins } from '../../../original/login.ts';
import { makePlan, type PlanItem } from '../../../original/plan.ts';
import { readSource, type Source } from '../../../original/source.ts';
import { readStorageConfiguration, type StorageConfiguration } from '../../../original/storage-configuration.ts';
import { translate } from '../../../original/translate.ts';
import { openLocalApi } from '../../../server/local-api.ts';
import { Interrupted } from '../../interrupted.ts';
import type { Terminal } from '../../terminal.ts';
import { UsageError } from '../../usage-error.ts';
import { writeConfiguration } from './configuration.ts';
import type { EtcdOptions } from './options.ts';
import { progressOn } from './progress.ts';
import { refuseConflicts, reportOutcomes, reportPlan } from './results.ts';
import { ServedInventory } from './served-inventory.ts';

/** Imports an installation of the original. Returns the exit code: 1 when something was left out or refused. */
export async function importEtcd(given: EtcdOptions, terminal: Terminal): Promise<number> {
  checkTogether(given);
  using interruption = terminal.interruption();
  const { signal } = interruption;
  const { custodiaNamespace, etcdApi: api, etcdProgram: program, dryRun, writeConfig } = given;
  const storage = given.config === undefined ? {} : readStorageConfiguration(given.config);
  const hostKeys = given.knownHosts === undefined ? undefined : new KnownHostKeys(await textOf(given.knownHosts));
  const custodiaDirectory = `/${custodiaNamespace.replace(/^\/+|\/+$/g, '')}`;
  const read = await readSource(sourceOf(given, storage, terminal), { api, program, custodiaDirectory, signal });
  const installation = readInstallation(read.keys);
  const custodia = custodiaOf(given, storage, read.keys, custodiaDirectory);
  await using server = await openLocalApi({ dataDir: given.dataDir, environment: terminal.environment });
  const inventory = new ServedInventory(connect({ endpoints: [server.endpoint] }), signal);
  const present = await inventory.present();
  const choices = { logins: new Logins(custodia), withoutCredentials: given.withoutCredentials, hostKeys, signal };
  const names = { hosts: present.hosts, networks: present.networks.keys(), managers: present.managers };
  const wanted = await translate(installation, choices, names);
  const onConflict = given.overwrite ? 'overwrite' : given.skip ? 'skip' : 'refuse';
  const plan = await makePlan(wanted, inventory, present, onConflict);
  const printing = { terminal, format: given.output, api: read.api };
  if (dryRun) return reportPlan(printing, plan, installation);
  await refuseConflicts(printing, plan, installation);
  if (writeConfig !== undefined) await writeConfiguration(writeConfig, installation, terminal);
  return reportOutcomes(printing, await done(plan, terminal, signal), installation);
}

async function done(plan: readonly PlanItem[], terminal: Terminal, signal: AbortSignal) {
  const isFatal = (error: unknown) => error instanceof NoServerError;
  try {
    return await carryOut(plan, { onDone: progressOn(terminal), isFatal, signal });
  } catch (error) {
    if (!signal.aborted) throw error;
    throw new Interrupted('commissaire: interrupted: run the same command again to import the rest');
  }
}

/** @throws UsageError */
function checkTogether({ endpoint, dataDirOfEtcd, snapshot, ...given }: EtcdOptions): void {
  const sources = [
    endpoint.length > 0 && '--endpoint',
    dataDirOfEtcd && '--data-dir-of-etcd',
    snapshot && '--snapshot',
  ];
  const named = sources.filter((each) => typeof each === 'string');
  if (named.length > 1) throw new UsageError(`${named.join(' and ')} do not go together: there is one source`);
  if (given.overwrite && given.skip) throw new UsageError('--overwrite and --skip do not go together');
  if (given.custodiaKey !== undefined && given.custodiaSocket !== undefined) {
    throw new UsageError('--custodia-key and --custodia-socket do not go together', { hint: 'give one of the two' });
  }
}

/** Options come before the configuration of the original, and that before its environment. */
function sourceOf(given: EtcdOptions, storage: StorageConfiguration, { environment }: Terminal): Source {
  const { dataDirOfEtcd, snapshot, endpoint, user } = given;
  const { serverUrl, certificatePath, certificateKeyPath, certificateCaPath } = storage;
  const endpoints = endpoint.length > 0 || serverUrl === undefined ? endpoint : [serverUrl];
  const cacert = given.cacert ?? certificateCaPath;
  const [cert, key] = [given.cert ?? certificatePath, given.key ?? certificateKeyPath];
  const access = etcdAccess({ endpoints, cacert, cert, key, user }, environment);
  if (dataDirOfEtcd !== undefined) return { kind: 'stopped', directory: dataDirOfEtcd, user: access.user };
  if (snapshot !== undefined) return { kind: 'snapshot', file: snapshot, user: access.user };
  return { kind: 'live', access };
}

function custodiaOf(
  { custodiaKey, custodiaSocket }: EtcdOptions,
  { custodiaSocketPath }: StorageConfiguration,
  keys: readonly EtcdKey[],
  directory: string,
): Custodia {
  const socket = custodiaSocket ?? (custodiaKey === undefined ? custodiaSocketPath : undefined);
  if (socket !== undefined) return new RunningCustodia(socket);
  const key = custodiaKey === undefined ? undefined : readMasterKey(custodiaKey);
  return new SealedSecrets(sealedKeys(keys, directory), key);
}

async function textOf(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    throw new UsageError(`cannot read ${path}: ${systemReason(error)}`, { cause: error });
  }
}
