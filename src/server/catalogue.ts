import { AuditEntry } from '../audit/entry.ts';
import { auditEntries, auditHeads } from '../audit/records.ts';
import { RoleBinding, roleBindingRecords } from '../auth/bindings.ts';
import { roleChangeRecords } from '../auth/role-changes.ts';
import { Role, roleRecords } from '../auth/roles.ts';
import { tokenIssuerRecords, tokenKeyRecords } from '../auth/tokens/keys.ts';
import { tokenRecords } from '../auth/tokens/token.ts';
import { hookCursors } from '../hooks/cursors.ts';
import { DeadLetter, deadLetterRecords } from '../hooks/dead-letters.ts';
import { ClusterSummary } from '../inventory/cluster.ts';
import {
  clusterRecords,
  containerManagerRecords,
  credentialRecords,
  healthRecords,
  hostIdentityRecords,
  hostNameRecords,
  hostRecords,
  memberRecords,
  membershipRecords,
  networkRecords,
  rosterRecords,
  unsettledNodes,
} from '../inventory/collections.ts';
import { ContainerManagerRecord } from '../inventory/container-manager.ts';
import { Credentials } from '../inventory/credentials.ts';
import { HostHealth, StoredHost } from '../inventory/host.ts';
import { clusterMigrations, healthMigrations, hostMigrations } from '../inventory/migrations.ts';
import { Network } from '../inventory/network.ts';
import { containerRecords, secretRecords } from '../inventory/secret.ts';
import { Budget, budgetRecords, leftDownRecords } from '../operations/budget.ts';
import { commandRecords } from '../operations/command.ts';
import { JournalEntry } from '../operations/entry.ts';
import {
  askedMigrations,
  indexMigrations,
  logSizeMigrations,
  manifestUseMigrations,
  operationMigrations,
  standingMigrations,
} from '../operations/migrations.ts';
import { numberRecords, removedNumbers } from '../operations/numbers.ts';
import {
  askedOperations,
  operationsByCluster,
  operationsByKind,
  operationsByStatus,
  operationsIndexed,
} from '../operations/operation-index.ts';
import { preparingRecords } from '../operations/preparing.ts';
import {
  journalEntries,
  latestRecords,
  lockRecords,
  logSizes,
  logsCounted,
  operationHostRecords,
  operationRecords,
  outputChunks,
  progressRecords,
  removingRecords,
  runningRecords,
  targetRecords,
} from '../operations/records.ts';
import { manifestRecords, manifestsCounted, manifestUses } from '../operations/sources/records.ts';
import { hostKeyRecords, PinnedHostKey } from '../ssh/host-keys.ts';
import type { Catalogue } from '../store/catalogue.ts';
import { leaseRecords } from '../store/leases.ts';
import { collectionVersions, emptying } from '../store/migration.ts';
import { backupStatusRecords, StoredBackupStatus } from '../upkeep/backup/status.ts';
import {
  StoredAddress,
  StoredChunk,
  StoredCommand,
  StoredContainer,
  StoredCursor,
  StoredFlag,
  StoredLease,
  StoredLeftDown,
  StoredLogSize,
  StoredManifest,
  StoredManifestUse,
  StoredMember,
  StoredMembership,
  StoredNames,
  StoredNode,
  StoredNumber,
  StoredOperation,
  StoredOperationHost,
  StoredPreparing,
  StoredProgress,
  StoredReference,
  StoredRoleChange,
  StoredRoster,
  StoredScope,
  StoredSecret,
  StoredText,
  StoredToken,
  StoredTokenKey,
  StoredTrailHead,
  StoredUpgrade,
  StoredVersion,
} from './stored-schemas.ts';
import { upgradeRecords } from './upgrade.ts';

const untilDeleted = 'until it is deleted';
const withHost = 'as long as the host';
const withMembership = 'as long as the host is in the cluster';
const withOperation = 'as long as the operation';
const whileItRuns = 'while the operation runs';
const one = 'one record';
/** A collection of earlier builds, which the migration empties. */
const notUsed = 'not used any more';

/**
 * Every collection of the product, in the order of the rooms. The store is opened with it. What works on the whole
 * store, such as the rotation of the master key, misses a collection that is not listed here.
 */
export const catalogue: Catalogue = [
  {
    collection: collectionVersions,
    version: 1,
    schema: StoredVersion,
    kept: 'one for each collection that was migrated',
  },
  { collection: upgradeRecords, version: 1, schema: StoredUpgrade, kept: one },
  { collection: leaseRecords, version: 1, schema: StoredLease, kept: 'as long as there is something to own' },
  { collection: hostKeyRecords, version: 1, schema: PinnedHostKey, kept: withHost },
  {
    collection: hostRecords,
    version: 2,
    migrations: hostMigrations,
    schema: StoredHost,
    kept: untilDeleted,
    isInMemory: true,
  },
  {
    collection: healthRecords,
    version: 2,
    migrations: healthMigrations,
    schema: HostHealth,
    kept: withHost,
    isInMemory: true,
  },
  { collection: hostNameRecords, version: 1, schema: StoredAddress, kept: withHost, isInMemory: true },
  { collection: hostIdentityRecords, version: 1, schema: StoredAddress, kept: withHost },
  { collection: credentialRecords, version: 1, schema: Credentials, kept: withHost },
  {
    collection: clusterRecords,
    version: 3,
    migrations: clusterMigrations(),
    schema: ClusterSummary,
    kept: untilDeleted,
    isInMemory: true,
  },
  { collection: membershipRecords, version: 1, schema: StoredMembership, kept: withMembership, isInMemory: true },
  { collection: memberRecords, version: 1, schema: StoredMember, kept: withMembership, isInMemory: true },
  { collection: rosterRecords, version: 1, schema: StoredRoster, kept: 'as long as the cluster' },
  { collection: networkRecords, version: 1, schema: Network, kept: untilDeleted, isInMemory: true },
  { collection: containerManagerRecords, version: 1, schema: ContainerManagerRecord, kept: untilDeleted },
  {
    collection: unsettledNodes,
    version: 1,
    schema: StoredNode,
    kept: 'until the container manager is as the membership says',
  },
  { collection: secretRecords, version: 1, schema: StoredSecret, kept: untilDeleted },
  { collection: containerRecords, version: 1, schema: StoredContainer, kept: untilDeleted },
  {
    collection: operationRecords,
    version: 3,
    migrations: operationMigrations,
    schema: StoredOperation,
    kept: 'so many of the newest, and so many days after the end',
    options: ['operation-limit', 'operation-retention'],
  },
  {
    collection: progressRecords,
    version: 2,
    migrations: standingMigrations,
    schema: StoredProgress,
    kept: withOperation,
  },
  { collection: targetRecords, version: 1, schema: StoredNames, kept: withOperation },
  { collection: operationHostRecords, version: 1, schema: StoredOperationHost, kept: withOperation },
  { collection: journalEntries, version: 1, schema: JournalEntry, kept: withOperation },
  {
    collection: outputChunks,
    version: 1,
    schema: StoredChunk,
    kept: 'so many bytes of all operations together',
    options: ['log-limit'],
  },
  {
    collection: logSizes,
    version: 2,
    migrations: logSizeMigrations,
    schema: StoredLogSize,
    kept: 'as long as the log of the operation',
  },
  { collection: logsCounted, version: 2, migrations: [emptying(logsCounted, 2)], schema: StoredFlag, kept: notUsed },
  { collection: removingRecords, version: 1, schema: StoredFlag, kept: 'until nothing is left of the operation' },
  {
    collection: preparingRecords,
    version: 1,
    schema: StoredPreparing,
    kept: 'until the operation is in process, or its start is undone',
  },
  {
    collection: commandRecords,
    version: 1,
    schema: StoredCommand,
    kept: 'until it is carried out, and who gave it knows',
  },
  { collection: runningRecords, version: 1, schema: StoredFlag, kept: whileItRuns },
  { collection: operationsByKind, version: 2, migrations: indexMigrations, schema: StoredScope, kept: withOperation },
  { collection: operationsByCluster, version: 1, schema: StoredFlag, kept: withOperation },
  { collection: operationsByStatus, version: 1, schema: StoredFlag, kept: withOperation },
  {
    collection: askedOperations,
    version: 2,
    migrations: askedMigrations,
    schema: StoredFlag,
    kept: withOperation,
  },
  {
    collection: operationsIndexed,
    version: 2,
    migrations: [emptying(operationsIndexed, 2)],
    schema: StoredFlag,
    kept: notUsed,
  },
  { collection: numberRecords, version: 1, schema: StoredReference, kept: withOperation },
  { collection: removedNumbers, version: 1, schema: StoredNumber, kept: one },
  { collection: lockRecords, version: 1, schema: StoredReference, kept: whileItRuns },
  {
    collection: latestRecords,
    version: 1,
    schema: StoredReference,
    kept: 'one for each cluster and kind of operation',
  },
  {
    collection: manifestRecords,
    version: 1,
    schema: StoredManifest,
    kept: 'while an operation that is kept copies what is in it, and an hour',
  },
  {
    collection: manifestUses,
    version: 3,
    migrations: manifestUseMigrations,
    schema: StoredManifestUse,
    kept: 'as long as the manifest',
  },
  {
    collection: manifestsCounted,
    version: 2,
    migrations: [emptying(manifestsCounted, 2)],
    schema: StoredFlag,
    kept: notUsed,
  },
  { collection: budgetRecords, version: 1, schema: Budget, kept: untilDeleted },
  {
    collection: leftDownRecords,
    version: 1,
    schema: StoredLeftDown,
    kept: 'until an operation on the host succeeds, or the host is deleted',
  },
  { collection: backupStatusRecords, version: 1, schema: StoredBackupStatus, kept: one },
  { collection: hookCursors, version: 1, schema: StoredCursor, kept: 'as long as the hook is configured' },
  {
    collection: deadLetterRecords,
    version: 1,
    schema: DeadLetter,
    kept: 'the newest 1000, and so many days',
    options: ['event-retention'],
  },
  {
    collection: auditEntries,
    version: 1,
    schema: AuditEntry,
    kept: 'so many of the newest',
    options: ['audit-limit', 'audit-retention'],
  },
  { collection: auditHeads, version: 1, schema: StoredTrailHead, kept: one },
  { collection: roleRecords, version: 1, schema: Role, kept: untilDeleted, isInMemory: true },
  { collection: roleBindingRecords, version: 1, schema: RoleBinding, kept: untilDeleted, isInMemory: true },
  {
    collection: roleChangeRecords,
    version: 2,
    migrations: [emptying(roleChangeRecords, 2)],
    schema: StoredRoleChange,
    kept: notUsed,
  },
  { collection: tokenKeyRecords, version: 1, schema: StoredTokenKey, kept: 'until no token that is kept needs it' },
  { collection: tokenIssuerRecords, version: 1, schema: StoredText, kept: one },
  { collection: tokenRecords, version: 1, schema: StoredToken, kept: 'until a day after its end', isInMemory: true },
];
