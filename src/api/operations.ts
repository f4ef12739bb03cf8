import type { Visibility } from '../operations/operation-views.ts';
import type { Started } from '../operations/start.ts';
import { admissionOf, viewOf, withinReach } from './authorisation.ts';
import type { Caller } from './caller.ts';
import type { AnswerHead } from './etag.ts';
import { taggedByText } from './etag.ts';
import { hostAddress } from './host-reference.ts';
import { insightOf } from './insight.ts';
import { streamedListAnswer } from './list-answer.ts';
import { readSelection } from './list-query.ts';
import { logStream } from './log-stream.ts';
import {
  journalLimits,
  offsets,
  operationDeclarations,
  operationSchemas,
  operationsList,
  resultsList,
  sequences,
} from './operation-routes.ts';
import { integerOf, integerParameter } from './query.ts';
import { routeGroup } from './route-group.ts';
import { givenStrategy } from './strategy-body.ts';

/** Operations, read and commanded by id. */
export const operationRoutes = routeGroup({
  title: 'Operations',
  description: 'Any kind of work on any target, and what became of it',
  schemas: operationSchemas,
  routes: operationDeclarations,
  handlers: (services) => {
    const { operations, operationViews, whereabouts, callerOf, connectionOf, clock } = services;
    const addressOf = (request: Request, text: string) => hostAddress(callerOf(request), text, services);
    const by = (request: Request) => callerOf(request).identity.name;
    const asker = async (request: Request) => ({ insight: await insightOf(callerOf(request), whereabouts) });
    const admission = (request: Request) => admissionOf(callerOf(request), whereabouts);
    const begun = async ({ operation, fresh }: Started, request: Request, set: AnswerHead) => {
      set.status = fresh ? 201 : 200;
      set.headers.location = `/api/v0/operation/${operation.id}`;
      set.headers['content-type'] = 'application/json';
      return (await operationViews.text(operation.id, await asker(request))).text;
    };

    /** A caller that lets an operation go on must be allowed to start it; a caller that stops one need not be. */
    const goOn = async (command: 'resume' | 'promote', id: string, request: Request) => {
      await operations.checkReach(id, await admission(request));
      return operations[command](id, by(request), await asker(request));
    };
    return {
      listOperations: async ({ request, set }) => {
        const view = viewOf(callerOf(request), 'operation:read');
        const isVisible: Visibility | undefined =
          view && ((clusters) => clusters.every((cluster) => view.sees(cluster)));
        const { insight } = await asker(request);
        return streamedListAnswer(
          { request, set, view: insight },
          operationsList,
          () => operationViews.revision(),
          (selection) => operationViews.select(selection, { isVisible, insight }),
        );
      },
      startOperation: async ({ body: { parameters = {}, strategy = {}, ...rest }, query, request, set }) => {
        const who = { requestedBy: by(request), admit: await admission(request), ...(await asker(request)) };
        const asked = { ...rest, parameters, strategy: givenStrategy(strategy), ...who };
        return withinReach(callerOf(request), async () =>
          query.plan === 'true' ? operations.plan(asked) : begun(await operations.start(asked), request, set),
        );
      },
      getOperation: async ({ params, request }) => {
        const selection = new URL(request.url).search === '' ? undefined : readSelection(request.url, resultsList);
        const { text, total } = await operationViews.text(params.id, await asker(request), selection);
        return taggedByText({ request }, text, { 'x-total-count': String(total) });
      },
      getFoldedOutput: ({ params }) => operationViews.folded(params.id),
      getPlan: async ({ params, query: { again }, request }) =>
        again === undefined
          ? operations.planOf(params.id, await asker(request))
          : operations.planAgain(params.id, again, await asker(request)),
      getJournal: async ({ params, query: { after, limit }, request }) => {
        const page = { limit: integerParameter(limit, journalLimits), ...(await asker(request)) };
        const place = after === undefined ? {} : { after: integerOf(after, sequences) };
        return operationViews.journal(params.id, { ...page, ...place });
      },
      pauseOperation: async ({ params, request }) => operations.pause(params.id, by(request), await asker(request)),
      resumeOperation: ({ params, request }) => goOn('resume', params.id, request),
      promoteOperation: ({ params, request }) => goOn('promote', params.id, request),
      cancelOperation: async ({ params, body: { now = false }, request }) =>
        operations.cancel(params.id, by(request), { now, ...(await asker(request)) }),
      skipHost: async ({ params, body, request }) =>
        operations.skip(params.id, await addressOf(request, body.host), by(request), await asker(request)),
      retryOperation: async ({ params, body, request, set }) => {
        const queue = { ...body, admit: await admission(request), ...(await asker(request)) };
        return begun(await operations.retry(params.id, by(request), queue), request, set);
      },
      rerunOperation: async ({ params, body, request, set }) => {
        const queue = { ...body, admit: await admission(request), ...(await asker(request)) };
        return begun(await operations.rerun(params.id, by(request), queue), request, set);
      },
      getLog: async ({ params, query: { host, offset, follow }, request }) => {
        const address = await addressOf(request, host);
        const from = integerParameter(request.headers.get('last-event-id') ?? offset, offsets);
        const { bytes, next, complete } = await operationViews.log(params.id, address, from);
        if (follow === 'true') {
          const stream = logStream((at) => operationViews.log(params.id, address, at), from, {
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
    };
  },
});

function isStillAllowed({ presentAccess }: Caller): Promise<boolean> {
  return presentAccess().then(
    () => true,
    () => false,
  );
}
