import { type Static, Type as t } from '@sinclair/typebox';
import { formWanted } from '../lib/server-reader.ts';
import { version } from '../lib/version.ts';
import type { Services } from './context.ts';
import { json, routeGroup } from './route-group.ts';

const numbers = (description: string) => t.Record(t.String(), t.Number(), { description });

/** What a running server is. */
export const ServerInfo = t.Object({
  name: t.Literal('commissaire', { description: 'The name of the product' }),
  version: t.String({ description: 'Its version' }),
  runtime: t.String({ description: 'What runs it, such as bun 1.4.5' }),
  platform: t.String({ description: 'Operating system and architecture, such as linux-x64' }),
  api_versions: t.Array(t.String(), { description: 'The versions of the API that it serves' }),
  started_at: t.String({ description: 'When it started: ISO 8601, UTC' }),
  uptime_seconds: t.Integer({ description: 'Seconds since then' }),
  features: t.Array(t.String(), { description: 'What is switched on' }),
  counts: numbers('How many records of each kind there are, and what is open now'),
  limits: numbers('The limits of the configuration; 0 for none'),
  data_directory: t.Optional(t.String({ description: 'Its data directory, for callers with the permission log:read' })),
  configuration_file: t.Optional(t.String({ description: 'The file of its configuration, for the same callers' })),
});
export type ServerInfo = Static<typeof ServerInfo>;

/** Whether the server can work. */
export const ServerChecks = t.Object({
  ready: t.Boolean({ description: 'Whether every check passes' }),
  version: t.String({ description: 'Version of the server' }),
  checks: t.Array(
    t.Object({
      name: t.String({ description: 'What is checked' }),
      ok: t.Boolean({ description: 'Whether it is as it should be' }),
      reason: t.String({ description: 'Why it is not; empty when it is' }),
    }),
    { description: 'Each check, in order' },
  ),
});
export type ServerChecks = Static<typeof ServerChecks>;

const example: ServerInfo = {
  name: 'commissaire',
  version,
  runtime: 'bun 1.4.5',
  platform: 'linux-x64',
  api_versions: ['v0'],
  started_at: '2026-01-02T03:04:05.678Z',
  uptime_seconds: 86_400,
  features: ['tls', 'unix_socket'],
  counts: { hosts: 120, clusters: 4, operations: 317, operations_running: 1 },
  limits: { connections: 1024, events: 100_000 },
};

/** What the server is, whether it can work, and its metrics. */
export const serverRoutes = routeGroup({
  title: 'Watching the server',
  description: 'What the server is, whether it can work, and its metrics: see `commctl help monitoring`',
  schemas: { ServerInfo, ServerChecks },
  routes: {
    getServer: {
      method: 'GET',
      path: '/api/v0/server',
      permission: 'server:read',
      about: 'anything',
      summary: 'Version, features, counts and limits of the server',
      answers: { 200: json('The server', ServerInfo, example) },
    },
    checkServer: {
      method: 'GET',
      path: '/api/v0/server/checks',
      permission: 'server:read',
      about: 'anything',
      summary: 'Every check of the server, with the reasons of those that fail',
      answers: {
        200: json('The checks', ServerChecks, {
          ready: false,
          version,
          checks: [
            { name: 'store', ok: true, reason: '' },
            { name: 'disk', ok: false, reason: 'the disk of the data directory is full' },
          ],
        }),
      },
    },
    getMetrics: {
      method: 'GET',
      path: '/metrics',
      permission: 'metrics:read',
      about: 'site',
      summary: 'Metrics for Prometheus',
      answers: {
        200: {
          description: 'The metrics as text, or as OpenMetrics when Accept asks for it',
          content: {
            'text/plain': { schema: t.String(), example: 'commissaire_ready 1\n' },
            'application/openmetrics-text': { schema: t.String(), example: 'commissaire_ready 1\n# EOF\n' },
          },
        },
      },
    },
  },
  handlers: ({ server, clock, callerOf }) => ({
    getServer: async ({ request }) => {
      const { access } = callerOf(request);
      return { ...(await infoOf(server, clock)), ...(access.allows('log:read') ? placesOf(server) : {}) };
    },
    checkServer: async () => {
      const checks = await server.checks();
      return { ready: checks.every(({ ok }) => ok), version, checks };
    },
    getMetrics: async ({ request }) => {
      const { type, text } = await server.metrics(formWanted(request.headers.get('accept')));
      return new Response(text, { headers: { 'content-type': type } });
    },
  }),
});

async function infoOf({ facts }: Services['server'], clock: Services['clock']): Promise<ServerInfo> {
  const { startedAt, features, limits } = facts;
  return {
    name: 'commissaire',
    version,
    runtime: `bun ${Bun.version}`,
    platform: `${process.platform}-${process.arch}`,
    api_versions: ['v0'],
    started_at: startedAt,
    uptime_seconds: Math.max(0, Math.floor((clock.now().getTime() - Date.parse(startedAt)) / 1000)),
    features: [...features],
    counts: await facts.counts(),
    limits: { ...limits },
  };
}

function placesOf({ facts: { dataDirectory, configurationFile } }: Services['server']) {
  return {
    data_directory: dataDirectory,
    ...(configurationFile === undefined ? {} : { configuration_file: configurationFile }),
  };
}
