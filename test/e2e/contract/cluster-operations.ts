import { expect } from 'vitest';
import { closedPort } from '../../support/server.ts';
import { makeSshKey } from '../../support/ssh-key.ts';
import { aCluster, aHost, cluster, one, timestamp } from './given.ts';
import { ended } from './routes.ts';
import type { Row, Step } from './row.ts';

type Kind = 'restart' | 'upgrade' | 'deploy';

const kinds: ReadonlyArray<{ kind: Kind; done: string; get: string; put: string }> = [
  { kind: 'deploy', done: 'deployed', get: 'O1', put: 'O6' },
  { kind: 'upgrade', done: 'upgraded', get: 'O2', put: 'O4' },
  { kind: 'restart', done: 'restarted', get: 'O3', put: 'O5' },
];
const version = '7.2.6';
const key = makeSshKey().privateFile;

/**
 * Contract 1.4, and of section 2 what it says of operations. What was run is remembered by the name of the cluster, so each
 * row that goes by it has a cluster of its own.
 *
 * @param silent a machine that lets itself be connected to and never says anything: work on it goes on and on
 */
export function clusterOperations(silent: { address: string; port: number }): Row[] {
  const ofKinds = kinds.flatMap((each) => [
    ...beginning(each),
    ...reading(each, silent),
    ...overlapping(each.kind, each.put, silent),
  ]);
  return [...ofKinds, ...takingAway(silent)];
}

/** What a running operation works on is not taken away by a slip. */
function takingAway(silent: { address: string; port: number }): Row[] {
  const taking = ({
    section,
    name,
    ...asked
  }: Pick<Row, 'section' | 'method' | 'path' | 'body'> & { name: string }) => {
    const given = [...onSilent(name, silent), start('restart', name)];
    const refused = { status: 409, problem: 'operation_running' } as const;
    return { ...asked, section, says: 'here: while an operation works on it 409', given, ...refused };
  };
  const [host, member] = [`/api/v0/host/${silent.address}`, `${cluster('kept-member')}/hosts/${silent.address}`];
  const replaced = { old: [silent.address], new: [] };
  const rows: Row[] = [
    taking({ section: 'H6', name: 'kept-host', method: 'DELETE', path: host }),
    taking({ section: 'C4', name: 'kept', method: 'DELETE', path: cluster('kept') }),
    taking({ section: 'C9', name: 'kept-member', method: 'DELETE', path: member }),
    taking({
      section: 'C6',
      name: 'kept-members',
      method: 'PUT',
      path: `${cluster('kept-members')}/hosts`,
      body: replaced,
    }),
  ];
  const forced = rows
    .filter(({ method }) => method === 'DELETE')
    .map(({ section, method, path, given = [] }): Row => {
      const says = 'here: with ?force=true all the same';
      return { section, method, path: `${path}?force=true`, given, says, status: 200, answer: [] };
    });
  return [...rows, ...forced];
}

/** The members of a record in their order: addresses are text, and so is the time it has not ended at yet. */
function record(kind: Kind, name: string, members: object): object {
  const { done = '' } = kinds.find((each) => each.kind === kind) ?? {};
  return {
    name,
    status: 'in_process',
    ...(kind === 'deploy' ? { version } : {}),
    [done]: [],
    in_process: [],
    started_at: timestamp,
    finished_at: '',
    ...members,
  };
}

function start(kind: Kind, name: string): Step {
  return { method: 'PUT', path: `${cluster(name)}/${kind}`, body: kind === 'deploy' ? { version } : {} };
}

function beginning({ kind, put: section }: (typeof kinds)[number]): Row[] {
  const name = `fresh-${kind}`;
  const begin = start(kind, name);
  const extra: Row[] =
    kind === 'deploy'
      ? [{}, { version: '' }, { version: 5 }, { version: null }, { version: ['1'] }].map((body) => ({
          ...begin,
          section,
          says: `a version that is none: ${JSON.stringify(body)}`,
          given: [aCluster(name)],
          body,
          status: 400,
          problem: 'invalid_member',
        }))
      : [undefined, {}, { version: '7.2.6' }, { hosts: 5 }].map((body, index) => ({
          ...start(kind, `${name}-${index}`),
          section,
          says: `its body says nothing: ${JSON.stringify(body)}`,
          given: [aCluster(`${name}-${index}`)],
          body,
          status: 201,
          answer: record(kind, `${name}-${index}`, {}),
        }));
  return [
    {
      ...begin,
      section,
      says: 'the initial record',
      given: [aCluster(name)],
      status: 201,
      answer: record(kind, name, {}),
      shows: { location: /^\/api\/v0\/operation\/[0-9a-f-]+$/ },
    },
    ...extra,
    {
      ...start(kind, 'absent'),
      section,
      says: kind === 'deploy' ? 'here: unknown cluster 404' : 'unknown cluster',
      status: 404,
      problem: 'cluster_not_found',
    },
    {
      ...begin,
      section,
      says: 'here: a strategy that is none 400',
      given: [aCluster(name)],
      body: { version, strategy: 5 },
      status: 400,
      problem: 'invalid_member',
    },
  ];
}

function reading({ kind, get: section }: (typeof kinds)[number], silent: { address: string; port: number }): Row[] {
  const row = (name: string) => ({ section, method: 'GET', path: `${cluster(name)}/${kind}` }) as const;
  const [empty, gone, running, failing] = [`empty-${kind}`, `gone-${kind}`, `running-${kind}`, `failing-${kind}`];
  return [
    { ...row('never'), says: 'never run', given: [aCluster('never')], status: 404, problem: 'operation_not_found' },
    {
      ...row('absent'),
      says: 'whether there is such a cluster is not looked at',
      status: 404,
      problem: 'operation_not_found',
    },
    {
      ...row(empty),
      says: 'of a cluster without hosts it has finished',
      given: [aCluster(empty), start(kind, empty)],
      eventually: true,
      status: 200,
      answer: record(kind, empty, { status: 'finished', finished_at: timestamp }),
    },
    {
      ...row(gone),
      says: 'it outlives its cluster',
      given: [aCluster(gone), ...ended(gone, kind, version), { method: 'DELETE', path: cluster(gone) }],
      status: 200,
      answer: record(kind, gone, { status: 'finished', finished_at: timestamp }),
    },
    {
      ...row(running),
      says: 'while it runs: the addresses it is at, and no end',
      given: [...onSilent(running, silent), start(kind, running)],
      eventually: true,
      status: 200,
      answer: record(kind, running, { in_process: [silent.address] }),
    },
    {
      ...row(failing),
      says: 'here: a host that failed is in process no more',
      given: [aHost(one, { port: closedPort }), aCluster(failing, [one]), start(kind, failing)],
      eventually: true,
      status: 200,
      answer: record(kind, failing, { status: 'failed', finished_at: timestamp }),
    },
  ];
}

function overlapping(kind: Kind, section: string, silent: { address: string; port: number }): Row[] {
  const [name, elsewhere] = [`busy-${kind}`, `other-${kind}`];
  const given = [...onSilent(name, silent), aCluster(elsewhere), start(kind, name)];
  const others = kinds.filter((other) => other.kind !== kind);
  const sameAgain: Row = {
    ...start(kind, name),
    section,
    says: 'here: while the same one runs, its record with 200',
    given,
    status: 200,
    answer: record(kind, name, { in_process: expect.any(Array) }),
    shows: { location: /^\/api\/v0\/operation\// },
  };
  const another = others.map(
    (other): Row => ({
      ...start(other.kind, name),
      section: other.put,
      says: `here: while a ${kind} runs 409`,
      given,
      status: 409,
      problem: 'operation_running',
    }),
  );
  const otherVersion: Row = {
    ...start('deploy', name),
    section,
    says: 'here: while another version is deployed 409',
    given,
    body: { version: '7.2.7' },
    status: 409,
    problem: 'operation_running',
  };
  const notBlocked: Row = {
    ...start(kind, elsewhere),
    section,
    says: 'here: another cluster waits for nothing',
    given,
    status: 201,
    answer: record(kind, elsewhere, {}),
  };
  return [sameAgain, ...another, ...(kind === 'deploy' ? [otherVersion] : []), notBlocked];
}

function onSilent(name: string, { address, port }: { address: string; port: number }): Step[] {
  return [aHost(address, { port, ssh_priv_key: key }), aCluster(name, [address])];
}
