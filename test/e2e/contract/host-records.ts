import { host, hostRecord, one, three, wholeRecord } from './given.ts';
import type { Row } from './row.ts';

/** What section 2 of the contract says of the record of a host. */
export const hostRecords: readonly Row[] = [
  {
    section: '2.1',
    says: 'unknown members are dropped, and those that are missing have their defaults',
    method: 'PUT',
    path: `${host(three)}?import=true`,
    body: { colour: 'red', _id: 5 },
    status: 201,
    answer: hostRecord(three),
  },
  {
    section: '2.2',
    says: 'the members of a host in their order',
    method: 'PUT',
    path: `${host(one)}?import=true`,
    body: Object.fromEntries(Object.entries(wholeRecord).reverse()),
    status: 201,
    answer: hostRecord(one, wholeRecord),
  },
  ...['investigating', 'bootstrapping', 'disassociated', 'active', 'failed', '', 'inactive'].map(
    (status): Row => ({
      section: '2.2',
      says: `the status is not restricted: "${status}"`,
      method: 'PUT',
      path: `${host(one)}?import=true`,
      body: { status },
      status: 201,
      answer: hostRecord(one, { status }),
    }),
  ),
  ...[
    { status: 5 },
    { os: null },
    { cpus: '2' },
    { cpus: 1.5 },
    { cpus: true },
    { memory: 'much' },
    { space: [] },
    { last_check: 5 },
    { source: {} },
  ].map(
    (wrong): Row => ({
      section: '2.2',
      says: `a wrong type in a record: ${JSON.stringify(wrong)}`,
      method: 'PUT',
      path: `${host(one)}?import=true`,
      body: wrong,
      status: 400,
      problem: 'invalid_member',
    }),
  ),
];
