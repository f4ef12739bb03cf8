import { AppError } from '../lib/errors.ts';
import type { Entry, Reader } from '../store/contract.ts';
import { always, type Precondition } from '../store/precondition.ts';
import type { StoredCluster } from './cluster.ts';
import { clusterRecords, rosterRecords } from './collections.ts';
import { membersOf } from './members.ts';

type Reading = Pick<Reader, 'get'>;

/** Reads a cluster, inside a transaction or outside. @throws AppError `cluster_not_found` */
export async function findCluster(reading: Reading, name: string): Promise<StoredCluster> {
  const entry = await reading.get(clusterRecords, name);
  if (entry !== undefined) return entry.value;
  throw new AppError('cluster_not_found', `there is no cluster ${name}`, {
    hint: 'list the clusters with `commctl cluster list`',
  });
}

/** The members of an existing cluster, in the order they joined. @throws AppError `cluster_not_found` */
export async function hostsetOf(reader: Reader, name: string): Promise<string[]> {
  await findCluster(reader, name);
  return membersOf(reader, name);
}

/** A cluster with its revision, which changes with its members too. @throws AppError `cluster_not_found` */
export async function clusterEntry(reading: Reading, name: string): Promise<Entry<StoredCluster>> {
  const value = await findCluster(reading, name);
  return { key: name, value, revision: (await clusterRevision(reading, name)) ?? 0 };
}

/**
 * Checks a precondition of a change. Without one it does not read the revision, so that concurrent changes of members
 * do not conflict.
 */
export async function checkCluster(reading: Reading, name: string, check: Precondition): Promise<void> {
  if (check !== always) check(await clusterRevision(reading, name));
}

/**
 * Reads a cluster to be changed: once before its nodes are changed, and again in the transaction.
 *
 * @throws AppError `cluster_not_found`, and what `check` throws
 */
export async function checkedCluster(reading: Reading, name: string, check: Precondition): Promise<StoredCluster> {
  await checkCluster(reading, name, check);
  return findCluster(reading, name);
}

/** A revision that changes with the cluster and with its members; undefined when there is no such cluster. */
export async function clusterRevision(reading: Reading, name: string): Promise<number | undefined> {
  const cluster = await reading.get(clusterRecords, name);
  if (cluster === undefined) return undefined;
  const roster = await reading.get(rosterRecords, name);
  return Math.max(cluster.revision, roster?.revision ?? 0);
}
