import { Type as t } from '@sinclair/typebox';
import { eventChoice } from '../events/choice.ts';
import { NewUserEvent, type Poster } from '../events/events.ts';
import { eventForAll } from '../events/for-all.ts';
import { DeadLetter } from '../hooks/dead-letters.ts';
import { checkedName } from '../lib/addresses.ts';
import { AppError } from '../lib/errors.ts';
import { anyOf, type EventFilter, parseEventFilter } from '../lib/event-filter.ts';
import { slipInFilter } from '../lib/event-names.ts';
import { StoredEvent } from '../store/contract.ts';
import { viewOf } from './authorisation.ts';
import type { Caller } from './caller.ts';
import type { CutOff } from './event-follower.ts';
import { eventSocket } from './event-socket.ts';
import { eventStream } from './event-stream.ts';
import { checkPageOrigin } from './page-origin.ts';
import { integerOf, integerParameter, integerText, parameter } from './query.ts';
import { json, nothing, routeGroup } from './route-group.ts';

const limits = { name: 'limit', minimum: 1, maximum: 1000, otherwise: 100 };
const positions = { name: 'since', minimum: 0, maximum: Number.MAX_SAFE_INTEGER - 1 };
export const FollowQuery = t.Object({
  follow: t.Optional(t.Union([t.Literal('true'), t.Literal('false')], { description: 'true or false' })),
  since: integerText(positions),
  limit: integerText(limits),
});

const maxFilters = 32;
export const HookQuery = t.Object({ hook: parameter });

const given = { type: 'user_release', action: 'begun', key: 'web', data: { version: '7.1' } };
const data = { ...given.data, by: 'alice', request: '019a0000-0000-7000-8000-000000000000' };
const event = { sequence: 4711, at: '2026-01-02T03:04:05.678000', ...given, data };
const letter = { hook: 'chat', event, reason: 'exit code 1', attempts: 5, at: event.at };

/** Events are followed as server-sent events or over a WebSocket, listed, and posted; dead letters of hooks are listed and cleared. */
export const eventRoutes = routeGroup({
  title: 'Events and hooks',
  description: 'What has changed, and what hooks gave up on',
  schemas: { Event: StoredEvent, DeadLetter },
  routes: {
    followEvents: {
      method: 'GET',
      path: '/api/v0/events',
      permission: 'event:read',
      about: 'list',
      summary: 'Events as a stream, over a WebSocket, or with ?follow=false as an array: see `commctl help events`',
      query: FollowQuery,
      parameters: [
        {
          name: 'filter',
          in: 'query',
          description: 'type.action.key, each a word, its beginning (host_*) or *; many times, or with commas',
          schema: t.Array(t.String(), { maxItems: 32 }),
        },
        {
          name: 'Last-Event-ID',
          in: 'header',
          description: 'Means the same as since, and wins',
          schema: t.Integer({ minimum: 0 }),
        },
      ],
      answers: {
        101: { description: 'A WebSocket, for a request that is its handshake' },
        200: {
          description: 'Server-sent events, or with ?follow=false an array, the oldest first',
          content: {
            'application/json': { schema: t.Array(StoredEvent), example: [event] },
            'text/event-stream': {
              schema: t.String(),
              example: `id: 4711\nevent: user_release.begun\ndata: ${JSON.stringify(event)}\n\n`,
            },
          },
        },
      },
    },
    postEvent: {
      method: 'POST',
      path: '/api/v0/events',
      permission: 'event:write',
      about: 'anything',
      summary: 'Puts an event of your own into the log',
      body: NewUserEvent,
      bodyExample: given,
      answers: { 201: json('The event', StoredEvent, event) },
    },
    listDeadLetters: {
      method: 'GET',
      path: '/api/v0/hooks/dead-letters',
      permission: 'event:read',
      about: 'site',
      summary: 'What hooks gave up on, the oldest first',
      query: HookQuery,
      answers: { 200: json('The dead letters', t.Array(DeadLetter), [letter]) },
      problems: ['invalid_name'],
    },
    clearDeadLetters: {
      method: 'DELETE',
      path: '/api/v0/hooks/dead-letters',
      permission: 'event:write',
      about: 'site',
      summary: 'Forgets what hooks gave up on',
      query: HookQuery,
      answers: { 200: nothing },
      problems: ['invalid_name'],
    },
  },
  handlers: ({ events, deadLetters, whereabouts, callerOf, connectionOf }) => {
    const { feed, clock, logger } = events;
    const named = (hook: string | undefined) => (hook === undefined ? undefined : checkedName(hook));
    return {
      followEvents: async ({ query, request }) => {
        const { presentAccess } = callerOf(request);
        const presentView = async () => viewOf({ access: await presentAccess() }, 'event:read');
        const choice = eventChoice(filterOf(request), presentView, whereabouts);
        const newest = await feed.position();
        const since = positionOf(request, query.since, newest);
        if (query.follow === 'false') {
          const limit = integerParameter(query.limit, limits);
          return since === undefined ? feed.newest(choice, limit) : feed.oldest(choice, { since, limit });
        }
        const connection = connectionOf(request);
        const { peer, requestId } = callerOf(request);
        const onCutOff = (cutOff: CutOff) =>
          logger.info({ requestId, peer, ...cutOff }, 'cut off a follower of events');
        const following = { feed, since: since ?? newest, choice, connection, onCutOff };
        if (request.headers.get('upgrade')?.toLowerCase() !== 'websocket') return eventStream(following);
        checkPageOrigin(request.headers, 'open a WebSocket');
        if (connection.upgrade(eventSocket(following, clock))) return new Response(null, { status: 101 });
        throw wrong('Upgrade', 'this is no handshake of a WebSocket');
      },
      postEvent: async ({ body, request, set }) => {
        const stored = await events.post(body, byOf(callerOf(request)));
        set.status = 201;
        return stored;
      },
      listDeadLetters: async ({ query }) => {
        const letters = await deadLetters.list(named(query.hook));
        return letters.map((letter) => ({ ...letter, event: eventForAll(letter.event) }));
      },
      clearDeadLetters: async ({ query }) => {
        await deadLetters.clear(named(query.hook));
        return [];
      },
    };
  },
});

function byOf({ identity, requestId }: Caller): Poster {
  return { by: identity.name, request: requestId };
}

/** `filter` may be given several times, and may hold several filters separated by commas. */
function filterOf(request: Request): EventFilter {
  const texts = new URL(request.url).searchParams.getAll('filter').flatMap((text) => text.split(','));
  if (texts.length > maxFilters) throw wrong('filter', `more than ${maxFilters} filters`);
  const filters = texts.map((text) => {
    const filter = parseEventFilter(text);
    if (filter === undefined) throw wrong('filter', `"${text.slice(0, 80)}" is not type.action.key, with * for any`);
    const slip = slipInFilter(text.slice(0, 80));
    if (slip !== undefined) throw wrong('filter', slip.problem, slip.hint);
    return filter;
  });
  return anyOf(filters);
}

/** The cursor of a reader, if it gives one. The header is newer: a browser sends it when it returns to the same URL. */
function positionOf(request: Request, since: string | undefined, newest: number): number | undefined {
  const header = request.headers.get('last-event-id');
  const [name, text] = header === null || header === '' ? ['since', since] : ['Last-Event-ID', header];
  if (text === undefined) return undefined;
  const position = integerOf(text, { ...positions, name });
  if (position <= newest) return position;
  // Waiting for that event would hide that the log is another one, such as that of a backup.
  throw wrong(name, `${position} has not been reached: the newest event is ${newest}`);
}

function wrong(member: string, what: string, hint = 'see `commctl help events`'): AppError {
  return new AppError('invalid_member', `${member}: ${what}`, {
    hint,
    details: { member },
  });
}
