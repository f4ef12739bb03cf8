import { Type as t } from '@sinclair/typebox';
import { DeadLetter } from '../../hooks/dead-letters.ts';
import { StoredEvent } from '../../store/contract.ts';
import { HookQuery } from '../dead-letters.ts';
import { FollowQuery, NewUserEvent } from '../events.ts';
import { json, nothing, type RouteDescriptions } from './route-description.ts';

const given = { type: 'user_release', action: 'begun', key: 'web', data: { version: '7.1' } };
const data = { ...given.data, by: 'alice', request: '019a0000-0000-7000-8000-000000000000' };
const event = { sequence: 4711, at: '2026-01-02T03:04:05.678000', ...given, data };
const letter = { hook: 'chat', event, reason: 'exit code 1', attempts: 5, at: event.at };

export const eventDescriptions: RouteDescriptions = {
  'GET /api/v0/events': {
    id: 'followEvents',
    summary: 'Events as a stream, over a WebSocket, or with ?follow=false as an array: see docs/events.md',
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
  'POST /api/v0/events': {
    id: 'postEvent',
    summary: 'Puts an event of your own into the log',
    body: NewUserEvent,
    bodyExample: given,
    answers: { 201: json('The event', StoredEvent, event) },
  },
  'GET /api/v0/hooks/dead-letters': {
    id: 'listDeadLetters',
    summary: 'What hooks gave up on, the oldest first',
    query: HookQuery,
    answers: { 200: json('The dead letters', t.Array(DeadLetter), [letter]) },
    problems: ['invalid_name'],
  },
  'DELETE /api/v0/hooks/dead-letters': {
    id: 'clearDeadLetters',
    summary: 'Forgets what hooks gave up on',
    query: HookQuery,
    answers: { 200: nothing },
    problems: ['invalid_name'],
  },
};
