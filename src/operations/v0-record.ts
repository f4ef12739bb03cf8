import { Type as t } from '@sinclair/typebox';
import { DeployParameters } from './kinds/deploy.ts';
import type { Operation, OperationHost } from './operation.ts';

/** What the v0 routes call the hosts that are done, per kind (contract 1.4). */
const doneMember = { restart: 'restarted', upgrade: 'upgraded', deploy: 'deployed' } as const;

export type ClusterKind = keyof typeof doneMember;

const addresses = t.Array(t.String());

/** The members that `v0Record` answers with. */
export const v0Schema = (kind: ClusterKind) =>
  t.Object({
    name: t.String({ description: 'Of the cluster' }),
    status: t.Union([t.Literal('in_process'), t.Literal('finished'), t.Literal('failed')]),
    ...(kind === 'deploy' ? DeployParameters.properties : {}),
    [doneMember[kind]]: addresses,
    in_process: addresses,
    started_at: t.String(),
    finished_at: t.String({ description: 'Empty while it runs' }),
  });

/**
 * The original's record of an operation on a cluster: the same members in the same order, and no others. It knows three
 * states: what is paused or waits is `in_process`, what was cancelled `failed`. Unlike in the original a host that failed
 * leaves `in_process`; what became of it is on the operation.
 */
export function v0Record(
  operation: Operation,
  kind: ClusterKind,
  hosts: readonly OperationHost[],
): Record<string, unknown> {
  const inState = (state: string) => hosts.filter((host) => host.state === state).map(({ address }) => address);
  const { cluster, status, started_at, finished_at, parameters } = operation;
  return {
    name: cluster,
    status: v0Status(status),
    ...(kind === 'deploy' ? { version: parameters.version } : {}),
    [doneMember[kind]]: inState('succeeded'),
    in_process: inState('running'),
    started_at,
    finished_at,
  };
}

function v0Status(status: Operation['status']): string {
  if (status === 'paused' || status === 'waiting') return 'in_process';
  return status === 'cancelled' ? 'failed' : status;
}
