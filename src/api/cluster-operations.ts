import type { TSchema } from '@sinclair/typebox';
import { type Static, Type as t } from '@sinclair/typebox';
import { checkedName } from '../lib/addresses.ts';
import { DeployParameters } from '../operations/kinds/deploy.ts';
import { type ClusterKind, v0Schema } from '../operations/v0-record.ts';
import { admissionOf } from './authorisation.ts';
import type { AnswerHead } from './etag.ts';
import { insightOf } from './insight.ts';
import { locating, numbering, StartBody } from './operation-routes.ts';
import { json, routeGroup } from './route-group.ts';
import { givenStrategy } from './strategy-body.ts';

interface Start {
  kind: ClusterKind;
  cluster: string;
  parameters: Record<string, unknown>;
  body: Static<typeof StartBody>;
  request: Request;
  set: AnswerHead;
}

export const DeployBody = t.Object({ ...DeployParameters.properties, ...StartBody.properties });
const strategy = { batch: 2, max_failures: 2 };
const times = { started_at: '2026-01-02T03:04:05.678000', finished_at: '' };
const record = { name: 'web', status: 'in_process', in_process: ['192.0.2.12'], ...times };
const done = ['192.0.2.11'];
const examples: Readonly<Record<ClusterKind, object>> = {
  restart: { ...record, restarted: done },
  upgrade: { ...record, upgraded: done },
  deploy: { ...record, version: '7.1', deployed: done },
};

export const RestartRecord = v0Schema('restart');
export const UpgradeRecord = v0Schema('upgrade');
export const DeployRecord = v0Schema('deploy');
const schemas = { restart: RestartRecord, upgrade: UpgradeRecord, deploy: DeployRecord };
const start = <Body extends TSchema>(kind: ClusterKind, body: Body) => ({
  summary: `Begins a rolling ${kind} of a cluster`,
  body,
  bodyExample: kind === 'deploy' ? { version: '7.1', strategy } : { strategy },
  answers: {
    200: numbering(json('The very same operation is running already', schemas[kind], examples[kind])),
    201: numbering(json('It has begun', schemas[kind], examples[kind])),
  },
  problems: ['cluster_not_found', 'operation_running'] as const,
});

const latest = (kind: ClusterKind) => ({
  summary: `The newest ${kind} of a cluster`,
  answers: { 200: locating(json('Its record', schemas[kind], examples[kind])) },
  problems: ['operation_not_found'] as const,
});

/** Rolling operations on clusters, under the names of the original (contract 1.4). */
export const clusterOperationRoutes = routeGroup({
  title: 'Operations on clusters',
  description: "Rolling restarts, upgrades and deploys by the original's names",
  schemas: { RestartRecord, UpgradeRecord, DeployRecord },
  routes: {
    getRestart: {
      method: 'GET',
      path: '/api/v0/cluster/:name/restart',
      permission: 'operation:read',
      about: 'cluster',
      ...latest('restart'),
    },
    startRestart: {
      method: 'PUT',
      path: '/api/v0/cluster/:name/restart',
      permission: 'operation:run',
      about: 'cluster',
      ...start('restart', StartBody),
    },
    getUpgrade: {
      method: 'GET',
      path: '/api/v0/cluster/:name/upgrade',
      permission: 'operation:read',
      about: 'cluster',
      ...latest('upgrade'),
    },
    startUpgrade: {
      method: 'PUT',
      path: '/api/v0/cluster/:name/upgrade',
      permission: 'operation:run',
      about: 'cluster',
      ...start('upgrade', StartBody),
    },
    getDeploy: {
      method: 'GET',
      path: '/api/v0/cluster/:name/deploy',
      permission: 'operation:read',
      about: 'cluster',
      ...latest('deploy'),
    },
    startDeploy: {
      method: 'PUT',
      path: '/api/v0/cluster/:name/deploy',
      permission: 'operation:run',
      about: 'cluster',
      ...start('deploy', DeployBody),
    },
  },
  handlers: ({ operations, operationViews, whereabouts, callerOf }) => {
    const by = (request: Request) => callerOf(request).identity.name;
    const asker = async (request: Request) => ({ insight: await insightOf(callerOf(request), whereabouts) });
    const admission = (request: Request) => admissionOf(callerOf(request), whereabouts);
    const start = async ({ kind, cluster, parameters, body: { strategy, wait }, request, set }: Start) => {
      const { operation, fresh } = await operations.startOnCluster({
        kind,
        cluster: checkedName(cluster),
        parameters,
        requestedBy: by(request),
        admit: await admission(request),
        ...(await asker(request)),
        ...(strategy === undefined ? {} : { strategy: givenStrategy(strategy) }),
        ...(wait === undefined ? {} : { wait }),
      });
      set.status = fresh ? 201 : 200;
      set.headers.location = `/api/v0/operation/${operation.id}`;
      set.headers['x-operation-number'] = String(operation.number);
      return operationViews.record(operation.id, kind);
    };
    const latest = async (cluster: string, kind: ClusterKind, set: Start['set']) => {
      const id = await operationViews.latest(checkedName(cluster), kind);
      set.headers.location = `/api/v0/operation/${id}`;
      return operationViews.record(id, kind);
    };

    return {
      getRestart: ({ params, set }) => latest(params.name, 'restart', set),
      getUpgrade: ({ params, set }) => latest(params.name, 'upgrade', set),
      getDeploy: ({ params, set }) => latest(params.name, 'deploy', set),
      startRestart: ({ params, body, request, set }) =>
        start({ kind: 'restart', cluster: params.name, parameters: {}, body, request, set }),
      startUpgrade: ({ params, body, request, set }) =>
        start({ kind: 'upgrade', cluster: params.name, parameters: {}, body, request, set }),
      startDeploy: ({ params, body: { version, ...body }, request, set }) =>
        start({ kind: 'deploy', cluster: params.name, parameters: { version }, body, request, set }),
    };
  },
});
