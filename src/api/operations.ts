import { type Static, Type as t } from '@sinclair/typebox';
import { canonicalAddress, checkedName } from '../lib/addresses.ts';

import { DeployParameters } from '../operations/kinds/deploy.ts';
import type { Visibility } from '../operations/operations.ts';
import type { Started } from '../operations/start.ts';
import { Strategy } from '../operations/strategy.ts';
import type { ClusterKind } from '../operations/v0-record.ts';
import { admissionOf, viewOf, withinReach } from './authorisation.ts';
import { NoMembers } from './body.ts';
import type { Caller, Services } from './context.ts';
import { taggedByText } from './etag.ts';
import { Elysia, own } from './framework.ts';
import { insightOf } from './insight.ts';
import { streamedListAnswer } from './list-answer.ts';
import { readSelection } from './list-query.ts';
import { listRules } from './list-rules.ts';
import { logStream } from './log-stream.ts';
import { integerOf, integerParameter, integerText } from './query.ts';

export const StartBody = t.Object({ strategy: t.Optional(t.Partial(Strategy)) });
export const DeployBody = t.Object({ ...DeployParameters.properties, ...StartBody.properties });

export const OperationBody = t.Object({
  kind: t.String({ minLength: 1, maxLength: 64 }),
  target: t.String({ minLength: 1, maxLength: 100_000 }),
  parameters: t.Optional(t.Record(t.String(), t.Unknown())),
  wait: t.Optional(t.Boolean()),
  ...StartBody.properties,
});
export const CancelBody = t.Object({ now: t.Optional(t.Boolean()) });
export const AgainBody = t.Object({ wait: t.Optional(t.Boolean()) });
export const SkipBody = t.Object({ host: t.String() });
export const PlanQuery = t.Object({ plan: t.Optional(t.Union([t.Literal('true'), t.Literal('false')])) });

const journalLimits = { name: 'limit', minimum: 1, maximum: 10_000, otherwise: 1_000 };
const sequences = { name: 'after', minimum: 0, maximum: 999_999_999_999 };
const offsets = { name: 'offset', minimum: 0, maximum: Number.MAX_SAFE_INTEGER - 1, otherwise: 0 };

export const JournalQuery = t.Object({ after: integerText(sequences), limit: integerText(journalLimits) });
export const LogQuery = t.Object({
  host: t.String(),
  offset: integerText(offsets),
  follow: t.Optional(t.Union([t.Literal('true'), t.Literal('false')])),
});

interface Start {
  kind: ClusterKind;
  cluster: string;
  parameters: Record<string, unknown>;
  strategy: Static<typeof StartBody>['strategy'];
  request: Request;
  set: { status?: number | string; headers: Record<string, string | number> };
}

/** Operations: begun on clusters by the v0 routes (contract 1.4), looked at by id. */
export function operationRoutes({ operations, whereabouts, callerOf, connectionOf, clock }: Services) {
  const by = (request: Request) => callerOf(request).identity.name;
  const asker = async (request: Request) => ({ insight: await insightOf(callerOf(request), whereabouts) });
  const admission = (request: Request) => admissionOf(callerOf(request), whereabouts);
  const start = async ({ kind, cluster, parameters, strategy, request, set }: Start) => {
    const { operation, fresh } = await operations.startOnCluster({
      kind,
      cluster: checkedName(cluster),
      parameters,
      requestedBy: by(request),
      admit: await admission(request),
      ...(await asker(request)),
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

  const begun = async ({ operation, fresh }: Started, request: Request, set: Start['set']) => {
    set.status = fresh ? 201 : 200;
    set.headers.location = `/api/v0/operation/${operation.id}`;
    set.headers['content-type'] = 'application/json';
    return (await operations.text(operation.id, await asker(request))).text;
  };

  /** Whoever lets an operation go on must be one who could have started it; whoever stops one need not. */
  const goOn = async (command: 'resume' | 'promote', id: string, request: Request) => {
    await operations.checkReach(id, await admission(request));
    return operations[command](id, by(request), await asker(request));
  };

  return new Elysia({ name: 'operations' })
    .get('/api/v0/cluster/:name/restart', ({ params, set }) => latest(params.name, 'restart', set))
    .get('/api/v0/cluster/:name/upgrade', ({ params, set }) => latest(params.name, 'upgrade', set))
    .get('/api/v0/cluster/:name/deploy', ({ params, set }) => latest(params.name, 'deploy', set))
    .put(
      '/api/v0/cluster/:name/restart',
      ({ params, body: { strategy }, request, set }) =>
        start({ kind: 'restart', cluster: params.name, parameters: {}, strategy, request, set }),
      { body: own(StartBody) },
    )
    .put(
      '/api/v0/cluster/:name/upgrade',
      ({ params, body: { strategy }, request, set }) =>
        start({ kind: 'upgrade', cluster: params.name, parameters: {}, strategy, request, set }),
      { body: own(StartBody) },
    )
    .put(
      '/api/v0/cluster/:name/deploy',
      ({ params, body: { version, strategy }, request, set }) =>
        start({ kind: 'deploy', cluster: params.name, parameters: { version }, strategy, request, set }),
      { body: own(DeployBody) },
    )
    .get('/api/v0/operations', async ({ request, set }) => {
      const view = viewOf(callerOf(request), 'operation:read');
      const isVisible: Visibility | undefined = view && ((clusters) => clusters.every((cluster) => view.sees(cluster)));
      const { insight } = await asker(request);
      return streamedListAnswer(
        { request, set, view: insight },
        listRules.operations,
        () => operations.revision(),
        (selection) => operations.select(selection, { isVisible, insight }),
      );
    })
    .post(
      '/api/v0/operations',
      async ({ body: { parameters = {}, strategy = {}, ...rest }, query, request, set }) => {
        const who = { requestedBy: by(request), admit: await admission(request), ...(await asker(request)) };
        const asked = { ...rest, parameters, strategy, ...who };
        return withinReach(callerOf(request), async () =>
          query.plan === 'true' ? operations.plan(asked) : begun(await operations.start(asked), request, set),
        );
      },
      { body: own(OperationBody), query: own(PlanQuery) },
    )
    .get('/api/v0/operation/:id', async ({ params, request }) => {
      const selection = new URL(request.url).search === '' ? undefined : readSelection(request.url, listRules.results);
      const { text, total } = await operations.text(params.id, await asker(request), selection);
      return taggedByText({ request }, text, { 'x-total-count': String(total) });
    })
    .get('/api/v0/operation/:id/folded', ({ params }) => operations.folded(params.id))
    .get('/api/v0/operation/:id/plan', async ({ params, request }) =>
      operations.planOf(params.id, await asker(request)),
    )
    .get(
      '/api/v0/operation/:id/journal',
      async ({ params, query: { after, limit }, request }) => {
        const page = { limit: integerParameter(limit, journalLimits), ...(await asker(request)) };
        const place = after === undefined ? {} : { after: integerOf(after, sequences) };
        return operations.journal(params.id, { ...page, ...place });
      },
      { query: own(JournalQuery) },
    )
    .post(
      '/api/v0/operation/:id/pause',
      async ({ params, request }) => operations.pause(params.id, by(request), await asker(request)),
      {
        body: own(NoMembers),
      },
    )
    .post('/api/v0/operation/:id/resume', ({ params, request }) => goOn('resume', params.id, request), {
      body: own(NoMembers),
    })
    .post('/api/v0/operation/:id/promote', ({ params, request }) => goOn('promote', params.id, request), {
      body: own(NoMembers),
    })
    .post(
      '/api/v0/operation/:id/cancel',
      async ({ params, body: { now = false }, request }) =>
        operations.cancel(params.id, by(request), { now, ...(await asker(request)) }),
      { body: own(CancelBody) },
    )
    .post(
      '/api/v0/operation/:id/skip',
      async ({ params, body, request }) =>
        operations.skip(params.id, canonicalAddress(body.host), by(request), await asker(request)),
      { body: own(SkipBody) },
    )
    .post(
      '/api/v0/operation/:id/retry',
      async ({ params, body, request, set }) => {
        const queue = { ...body, admit: await admission(request), ...(await asker(request)) };
        return begun(await operations.retry(params.id, by(request), queue), request, set);
      },
      { body: own(AgainBody) },
    )
    .post(
      '/api/v0/operation/:id/rerun',
      async ({ params, body, request, set }) => {
        const queue = { ...body, admit: await admission(request), ...(await asker(request)) };
        return begun(await operations.rerun(params.id, by(request), queue), request, set);
      },
      { body: own(AgainBody) },
    )
    .get(
      '/api/v0/operation/:id/log',
      async ({ params, query: { host, offset, follow }, request }) => {
        const address = canonicalAddress(host);
        const from = integerParameter(request.headers.get('last-event-id') ?? offset, offsets);
        const { bytes, next, complete } = await operations.log(params.id, address, from);
        if (follow === 'true') {
          const stream = logStream((at) => operations.log(params.id, address, at), from, {
            clock,
            signal: connectionOf(request).stopping,
            isStillAllowed: () => isStillAllowed(callerOf(request)),
          });
          return new Response(stream, {
            headers: { 'content-type': 'text/event-stream', 'cache-control': 'no-store' },
          });
        }
        return new Response(bytes, {
          headers: {
            'content-type': 'text/plain; charset=utf-8',
            'x-next-offset': String(next),
            'x-log-complete': String(complete),
          },
        });
      },
      { query: own(LogQuery) },
    );
}

function isStillAllowed({ presentAccess }: Caller): Promise<boolean> {
  return presentAccess().then(
    () => true,
    () => false,
  );
}
