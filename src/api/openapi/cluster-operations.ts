import { type ClusterKind, v0Schema } from '../../operations/v0-record.ts';
import { DeployBody, StartBody } from '../operations.ts';
import { locating } from './operations.ts';
import { json, type RouteDescription, type RouteDescriptions } from './route-description.ts';

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

const start = (kind: ClusterKind, id: string): RouteDescription => ({
  id,
  summary: `Begins a rolling ${kind} of a cluster`,
  body: kind === 'deploy' ? DeployBody : StartBody,
  bodyExample: kind === 'deploy' ? { version: '7.1', strategy } : { strategy },
  answers: {
    200: locating(json('The very same operation is running already', schemas[kind], examples[kind])),
    201: locating(json('It has begun', schemas[kind], examples[kind])),
  },
  problems: ['cluster_not_found', 'operation_running'],
});

const latest = (kind: ClusterKind, id: string): RouteDescription => ({
  id,
  summary: `The newest ${kind} of a cluster`,
  answers: { 200: locating(json('Its record', schemas[kind], examples[kind])) },
  problems: ['operation_not_found'],
});

export const clusterOperationDescriptions: RouteDescriptions = {
  'GET /api/v0/cluster/:name/restart': latest('restart', 'getRestart'),
  'PUT /api/v0/cluster/:name/restart': start('restart', 'startRestart'),
  'GET /api/v0/cluster/:name/upgrade': latest('upgrade', 'getUpgrade'),
  'PUT /api/v0/cluster/:name/upgrade': start('upgrade', 'startUpgrade'),
  'GET /api/v0/cluster/:name/deploy': latest('deploy', 'getDeploy'),
  'PUT /api/v0/cluster/:name/deploy': start('deploy', 'startDeploy'),
};
