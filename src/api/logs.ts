import { type Static, Type as t } from '@sinclair/typebox';
import { logLevels, logModules } from '../config/log-levels.ts';
import { AppError } from '../lib/errors.ts';
import type { LogFilter } from '../lib/log-reader.ts';
import { logLineStream } from './log-line-stream.ts';
import { integerOf, integerParameter, integerText } from './query.ts';
import { routeGroup } from './route-group.ts';

const limits = { name: 'limit', minimum: 1, maximum: 10_000, otherwise: 200 };
const positions = { name: 'after', minimum: 0, maximum: Number.MAX_SAFE_INTEGER - 1 };

const oneOf = (values: readonly string[], description: string) =>
  t.Optional(
    t.Union(
      values.map((value) => t.Literal(value)),
      { description },
    ),
  );
const word = (description: string) => t.Optional(t.String({ maxLength: 128, description }));

const LogQuery = t.Object({
  level: oneOf(logLevels, 'The lowest level'),
  module: oneOf(logModules, 'The module that wrote the line'),
  request: word('Id of the request that caused the line'),
  operation: word('Id of the operation that caused the line'),
  token: word('What the request that caused the line gave as X-Log-Token'),
  since: word('The earliest time: ISO 8601, such as 2026-01-31T12:30:00Z'),
  after: integerText(positions),
  limit: integerText(limits),
  follow: t.Optional(t.Union([t.Literal('true'), t.Literal('false')], { description: 'true or false' })),
});

/** A line of the server's log. */
export const LogLine = t.Object(
  {
    line: t.Integer({ description: 'Its number since the start of the server' }),
    level: t.String({ description: 'debug, info, warn or error' }),
    time: t.String({ description: 'ISO 8601, UTC' }),
    msg: t.String({ description: 'What happened' }),
    module: t.Optional(t.String({ description: 'The module that wrote it' })),
    requestId: t.Optional(t.String({ description: 'The request that caused it' })),
    operation: t.Optional(t.String({ description: 'The operation that caused it' })),
    logToken: t.Optional(t.String({ description: 'What that request gave as X-Log-Token' })),
  },
  { additionalProperties: true, description: 'Other members depend on the message' },
);
export type LogLine = Static<typeof LogLine>;

const line = {
  line: 4711,
  level: 'warn',
  time: '2026-01-02T03:04:05.678Z',
  msg: 'a hook failed',
  module: 'hooks',
  hook: 'chat',
  attempts: 2,
};

/** The newest lines of the log, which the server keeps in memory. */
export const logRoutes = routeGroup({
  title: 'Logs',
  description: "The newest lines of the server's log",
  schemas: { LogLine },
  routes: {
    listLogs: {
      method: 'GET',
      path: '/api/v0/logs',
      permission: 'log:read',
      about: 'site',
      summary: 'The newest lines of the log, the oldest first, or with ?follow=true as a stream',
      query: LogQuery,
      answers: {
        200: {
          description: 'The lines; with ?follow=true server-sent events, each a line with its number as its id',
          content: {
            'application/json': { schema: t.Array(LogLine), example: [line] },
            'text/event-stream': {
              schema: t.String(),
              example: `id: 4711\nevent: line\ndata: ${JSON.stringify(line)}\n\n`,
            },
          },
        },
      },
    },
  },
  handlers: ({ log, clock, callerOf, connectionOf }) => ({
    listLogs: async ({ query, request }) => {
      const filter = filterOf(query);
      const limit = integerParameter(query.limit, limits);
      const after = query.after === undefined ? undefined : integerOf(query.after, positions);
      if (query.follow !== 'true') {
        return after === undefined ? log.newestLines(filter, limit) : log.linesAfter(after, filter, limit).lines;
      }
      const { presentAccess } = callerOf(request);
      const isStillAllowed = () =>
        presentAccess().then(
          () => true,
          () => false,
        );
      return logLineStream(log, { filter, after, limit }, { clock, connection: connectionOf(request), isStillAllowed });
    },
  }),
});

function filterOf({ level, module, request, operation, token, since }: Static<typeof LogQuery>): LogFilter {
  return { level, module, requestId: request, operation, logToken: token, since: since && timeOf(since) };
}

/** @throws AppError `invalid_member` */
function timeOf(text: string): string {
  const ms = Date.parse(text);
  if (Number.isFinite(ms) && /^\d{4}-/.test(text)) return new Date(ms).toISOString();
  throw new AppError('invalid_member', 'since must be a time such as 2026-01-31T12:30:00Z', {
    details: { member: 'since' },
  });
}
