import {
  clusterRecords,
  credentialRecords,
  healthRecords,
  hostIdentityRecords,
  hostNameRecords,
  hostRecords,
  memberRecords,
  membershipRecords,
  rosterRecords,
} from '../inventory/collections.ts';
import { numberRecords } from '../operations/numbers.ts';
import {
  askedOperations,
  operationsByCluster,
  operationsByKind,
  operationsByStatus,
} from '../operations/operation-index.ts';
import { preparingRecords } from '../operations/preparing.ts';
import {
  journalEntries,
  latestRecords,
  lockRecords,
  logSizes,
  operationHostRecords,
  operationRecords,
  outputChunks,
  progressRecords,
  removingRecords,
  runningRecords,
  targetRecords,
} from '../operations/records.ts';
import { hostKeyRecords } from '../ssh/host-keys.ts';
import type { AnyCollection } from '../store/contract.ts';
import type { Reference } from '../upkeep/database/references.ts';

const whole = (key: string) => key;
const last = (key: string) => key.slice(key.lastIndexOf('/') + 1);
const idIn = (key: string) => key.split('/')[0];
const member = (name: string) => (_: string, value: unknown) => {
  const found: unknown = typeof value === 'object' && value !== null ? Reflect.get(value, name) : undefined;
  return typeof found === 'string' ? found : undefined;
};

const hostGone = 'register the host again and delete it, or restore a backup';
const clusterGone = 'create a cluster of that name and take the host out of it, or restore a backup';
const operationGone = 'it is a remainder that takes space and does no harm; a restored backup does not have it';

/** What the records of the product refer to. Each rule holds after every transaction. */
export const storeReferences: readonly Reference[] = [
  ofHost(healthRecords, whole, 'a record of health'),
  ofHost(credentialRecords, whole, 'a record of credentials'),
  ofHost(membershipRecords, whole, 'a membership'),
  ofHost(hostNameRecords, member('address'), 'a name'),
  ofHost(hostIdentityRecords, member('address'), 'an identity'),
  ofHost(hostKeyRecords, whole, 'a pinned host key'),
  { from: membershipRecords, to: clusterRecords, keyOf: member('cluster'), what: 'a membership', remedy: clusterGone },
  { from: memberRecords, to: membershipRecords, keyOf: last, what: 'a row of a member', remedy: clusterGone },
  {
    from: membershipRecords,
    to: memberRecords,
    keyOf: (key, value) => {
      const cluster = member('cluster')(key, value);
      return cluster === undefined ? undefined : `${cluster}/${key}`;
    },
    what: 'a membership',
    remedy: 'take the host out of its cluster and into it again',
  },
  { from: rosterRecords, to: clusterRecords, keyOf: whole, what: 'a roster', remedy: clusterGone },
  ofOperation(progressRecords, whole, 'a progress'),
  ofOperation(runningRecords, whole, 'a mark of a running operation'),
  ofOperation(askedOperations, whole, 'an entry of the index'),
  ofOperation(logSizes, whole, 'the size of a log'),
  ofOperation(targetRecords, idIn, 'a target'),
  ofOperation(operationHostRecords, idIn, 'a host of an operation'),
  ofOperation(journalEntries, idIn, 'a journal entry'),
  ofOperation(outputChunks, idIn, 'a part of a log'),
  ofOperation(operationsByKind, last, 'an entry of the index'),
  ofOperation(operationsByCluster, last, 'an entry of the index'),
  ofOperation(operationsByStatus, last, 'an entry of the index'),
  ofOperation(numberRecords, member('operation'), 'a number'),
  ofOperation(latestRecords, member('operation'), 'the newest operation of a cluster'),
  {
    from: lockRecords,
    to: runningRecords,
    or: [preparingRecords],
    keyOf: member('operation'),
    what: 'a lock',
    remedy: 'restart the server: an operation that has ended gives its locks back',
  },
  {
    from: operationRecords,
    to: progressRecords,
    keyOf: whole,
    what: 'an operation',
    remedy: 'restore a backup: the operation cannot be shown',
  },
];

function ofHost(from: AnyCollection, keyOf: Reference['keyOf'], what: string): Reference {
  return { from, to: hostRecords, keyOf, what, remedy: hostGone };
}

/** What is left of an operation that is being removed, or being prepared, refers to the record of that. */
function ofOperation(from: AnyCollection, keyOf: Reference['keyOf'], what: string): Reference {
  return { from, to: operationRecords, or: [removingRecords, preparingRecords], keyOf, what, remedy: operationGone };
}
