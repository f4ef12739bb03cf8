import { Type as t } from '@sinclair/typebox';
import { DeployParameters } from './kinds/deploy.ts';
import type { Operation, OperationHost } from './operation.ts';

/** The member of the v0 record that lists the hosts that are done, per kind (contract 1.4). */
const doneMember = { restart: 'restarted', upgrade: 'upgraded', deploy: 'deployed' } as const;

export type ClusterKind = keyof typeof doneMember;

const addresses = t.Array(t.String());

/** The schema of the answer of `v0Record`. */
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
 * states: `in_process` until it has ended, then `finished` or `failed` by its outcome: `cancelled` is `failed` there, and
 * so is an operation that skipped every host. Unlike in the original a failed host
 * leaves `in_process`; its outcome is in the operation.
 */
export function v0Record(
  operation: Operation,
  kind: ClusterKind,
  hosts: readonly OperationHost[],
): Record<string, unknown> {
  const inState = (state: string) => hosts.filter((host) => host.state === state).map(({ address }) => address);
  const { cluster, outcome, started_at, finished_at, parameters } = operation;
  return {
    name: cluster,
    status: v0Status(outcome),
    ...(kind === 'deploy' ? { version: parameters.version } : {}),
    [doneMember[kind]]: inState('succeeded'),
    in_process: inState('running'),
    started_at,
    finished_at,
  };
}

function v0Status(outcome: Operation['outcome']): string {
  if (outcome === null) return 'in_process';
  return outcome === 'succeeded' || outcome === 'with_failures' ? 'finished' : 'failed';
}
