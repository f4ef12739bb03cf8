import { auditEntries, auditHeads } from '../audit/records.ts';
import { roleBindingRecords } from '../auth/bindings.ts';
import { roleChangeRecords } from '../auth/role-changes.ts';
import { roleRecords } from '../auth/roles.ts';
import { tokenIssuerRecords, tokenKeyRecords } from '../auth/tokens/keys.ts';
import { tokenRecords } from '../auth/tokens/token.ts';
import { hookCursors } from '../hooks/cursors.ts';
import { deadLetterRecords } from '../hooks/dead-letters.ts';
import {
  clusterRecords,
  containerManagerRecords,
  credentialRecords,
  healthRecords,
  hostRecords,
  membershipRecords,
  networkRecords,
  unsettledNodes,
} from '../inventory/collections.ts';
import { containerRecords, secretRecords } from '../inventory/secret.ts';
import { budgetRecords, leftDownRecords } from '../operations/budget.ts';
import {
  operationsByCluster,
  operationsByKind,
  operationsByStatus,
  operationsIndexed,
} from '../operations/operation-index.ts';
import {
  journalEntries,
  latestRecords,
  lockRecords,
  logSizes,
  logsCounted,
  operationHostRecords,
  operationRecords,
  outputChunks,
  removingRecords,
  runningRecords,
  standingRecords,
  targetRecords,
} from '../operations/records.ts';
import { manifestRecords, manifestsCounted, manifestUses } from '../operations/sources/records.ts';
import { hostKeyRecords } from '../ssh/host-keys.ts';
import type { Catalogue } from '../store/catalogue.ts';

const untilDeleted = 'until it is deleted';
const withHost = 'as long as the host';
const withOperation = 'as long as the operation';
const whileItRuns = 'while the operation runs';
const one = 'one record';

/**
 * Every collection of the product, in the order of the rooms. The store is opened with it: a collection that is not listed
 * here is known to nobody who looks at the store as a whole, such as the rotation of the master key.
 */
export const catalogue: Catalogue = [
  { collection: hostKeyRecords, kept: withHost },
  { collection: hostRecords, kept: untilDeleted, isInMemory: true },
  { collection: healthRecords, kept: withHost, isInMemory: true },
  { collection: credentialRecords, kept: withHost },
  { collection: clusterRecords, kept: untilDeleted, isInMemory: true },
  { collection: membershipRecords, kept: 'as long as the host is in the cluster', isInMemory: true },
  { collection: networkRecords, kept: untilDeleted, isInMemory: true },
  { collection: containerManagerRecords, kept: untilDeleted },
  { collection: unsettledNodes, kept: 'until the container manager is as the membership says' },
  { collection: secretRecords, kept: untilDeleted },
  { collection: containerRecords, kept: untilDeleted },
  {
    collection: operationRecords,
    kept: 'so many of the newest, and so many days after the end',
    options: ['operation-limit', 'operation-retention'],
  },
  { collection: standingRecords, kept: withOperation },
  { collection: targetRecords, kept: withOperation },
  { collection: operationHostRecords, kept: withOperation },
  { collection: journalEntries, kept: withOperation },
  { collection: outputChunks, kept: 'so many bytes of all operations together', options: ['log-limit'] },
  { collection: logSizes, kept: 'as long as the log of the operation' },
  { collection: logsCounted, kept: one },
  { collection: removingRecords, kept: 'until nothing is left of the operation' },
  { collection: runningRecords, kept: whileItRuns },
  { collection: operationsByKind, kept: withOperation },
  { collection: operationsByCluster, kept: withOperation },
  { collection: operationsByStatus, kept: withOperation },
  { collection: operationsIndexed, kept: one },
  { collection: lockRecords, kept: whileItRuns },
  { collection: latestRecords, kept: 'one for each cluster and kind of operation' },
  { collection: manifestRecords, kept: 'while an operation that is kept copies what is in it, and an hour' },
  { collection: manifestUses, kept: 'as long as the manifest' },
  { collection: manifestsCounted, kept: one },
  { collection: budgetRecords, kept: untilDeleted },
  { collection: leftDownRecords, kept: 'until an operation on the host succeeds, or the host is deleted' },
  { collection: hookCursors, kept: 'as long as the hook is configured' },
  { collection: deadLetterRecords, kept: 'the newest 1000' },
  { collection: auditEntries, kept: 'so many of the newest', options: ['audit-limit'] },
  { collection: auditHeads, kept: one },
  { collection: roleRecords, kept: untilDeleted, isInMemory: true },
  { collection: roleBindingRecords, kept: untilDeleted, isInMemory: true },
  { collection: roleChangeRecords, kept: 'not used any more' },
  { collection: tokenKeyRecords, kept: 'until no token that is kept needs it' },
  { collection: tokenIssuerRecords, kept: one },
  { collection: tokenRecords, kept: 'until a day after its end', isInMemory: true },
];
