import { type Static, Type as t } from '@sinclair/typebox';
import { Elysia } from 'elysia';
import { canonicalAddress, checkedName } from '../lib/addresses.ts';
import { DeployParameters } from '../operations/kinds/deploy.ts';
import { Strategy } from '../operations/strategy.ts';
import type { ClusterKind } from '../operations/v0-record.ts';
import type { Services } from './context.ts';
import { integerParameter, parameter } from './query.ts';

const StartBody = t.Object({ strategy: t.Optional(t.Partial(Strategy)) });
const DeployBody = t.Object({ ...DeployParameters.properties, ...StartBody.properties });

const ListQuery = t.Object({ cluster: parameter, limit: parameter });
const LogQuery = t.Object({ host: t.String(), offset: parameter });

const limits = { name: 'limit', minimum: 1, maximum: 1000, otherwise: 100 };
const offsets = { name: 'offset', minimum: 0, maximum: Number.MAX_SAFE_INTEGER - 1, otherwise: 0 };

interface Start {
  kind: ClusterKind;
  cluster: string;
  parameters: Record<string, unknown>;
  strategy: Static<typeof StartBody>['strategy'];
  request: Request;
  set: { status?: number | string; headers: Record<string, string | number> };
}

/** Operations: begun on clusters by the v0 routes (contract 1.4), looked at by id. */
export function operationRoutes({ operations, callerOf }: Services) {
  const start = async ({ kind, cluster, parameters, strategy, request, set }: Start) => {
    const { operation, fresh } = await operations.startOnCluster({
      kind,
      cluster: checkedName(cluster),
      parameters,
      requestedBy: callerOf(request).identity.name,
      ...(strategy === undefined ? {} : { strategy }),
    });
    set.status = fresh ? 201 : 200;
    set.headers.location = `/api/v0/operation/${operation.id}`;
    return operations.record(operation.id, kind);
  };
  const latest = async (cluster: string, kind: ClusterKind, set: Start['set']) => {
    const id = await operations.latest(checkedName(cluster), kind);
    set.headers.location = `/api/v0/operation/${id}`;
    return operations.record(id, kind);
  };

  return new Elysia({ name: 'operations' })
    .get('/api/v0/cluster/:name/restart', ({ params, set }) => latest(params.name, 'restart', set))
    .get('/api/v0/cluster/:name/upgrade', ({ params, set }) => latest(params.name, 'upgrade', set))
    .get('/api/v0/cluster/:name/deploy', ({ params, set }) => latest(params.name, 'deploy', set))
    .put(
      '/api/v0/cluster/:name/restart',
      ({ params, body: { strategy }, request, set }) =>
        start({ kind: 'restart', cluster: params.name, parameters: {}, strategy, request, set }),
      { body: StartBody },
    )
    .put(
      '/api/v0/cluster/:name/upgrade',
      ({ params, body: { strategy }, request, set }) =>
        start({ kind: 'upgrade', cluster: params.name, parameters: {}, strategy, request, set }),
      { body: StartBody },
    )
    .put(
      '/api/v0/cluster/:name/deploy',
      ({ params, body: { version, strategy }, request, set }) =>
        start({ kind: 'deploy', cluster: params.name, parameters: { version }, strategy, request, set }),
      { body: DeployBody },
    )
    .get(
      '/api/v0/operations',
      ({ query: { cluster, limit: text } }) => {
        const limit = integerParameter(text, limits);
        return operations.list({ limit, ...(cluster === undefined ? {} : { cluster: checkedName(cluster) }) });
      },
      { query: ListQuery },
    )
    .get('/api/v0/operation/:id', ({ params }) => operations.get(params.id))
    .get(
      '/api/v0/operation/:id/log',
      async ({ params, query: { host, offset } }) => {
        const from = integerParameter(offset, offsets);
        const { bytes, next, complete } = await operations.log(params.id, canonicalAddress(host), from);
        return new Response(bytes, {
          headers: {
            'content-type': 'text/plain; charset=utf-8',
            'x-next-offset': String(next),
            'x-log-complete': String(complete),
          },
        });
      },
      { query: LogQuery },
    );
}
