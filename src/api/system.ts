import { type Static, Type as t } from '@sinclair/typebox';
import { version } from '../lib/version.ts';
import type { Services } from './context.ts';
import { Manual } from './manual/manual.ts';
import { readiness } from './readiness.ts';
import { json, routeGroup } from './route-group.ts';
import { viewer } from './viewer/answers.ts';

const Alive = t.Object({ status: t.Literal('ok') });
const alive = { status: 'ok' };
const works = t.Union([t.Literal('OK'), t.Literal('FAILED')]);
const info = t.Object({ size: t.Integer(), in_use: t.Integer(), errors: t.Array(t.String()) });
export const ServerStatus = t.Object(
  {
    etcd: t.Object({ status: works }, { description: 'The store' }),
    investigator: t.Object({ status: works, info }, { description: 'What learns what new hosts are' }),
    watcher: t.Object({ status: works, info }, { description: 'This version watches no hosts' }),
    version: t.String(),
    operations: t.Object({ running: t.Integer() }),
  },
  { description: "Whether the parts of the server work, by the original's names for them" },
);
export type ServerStatus = Static<typeof ServerStatus>;
const page = (summary: string, type: string, example: string) => ({
  summary,
  answers: { 200: { description: 'It', content: { [type]: { schema: t.String(), example } } } },
});

/** Liveness and readiness of the server, its version, and the API document with a page to try it. */
export const systemRoutes = routeGroup({
  title: 'The server',
  description: 'Whether it works, and what it is',
  schemas: { ServerStatus },
  routes: {
    isAlive: {
      method: 'GET',
      path: '/livez',
      permission: 'public',
      summary: 'Whether the process serves',
      answers: { 200: json('It does', Alive, alive) },
    },
    isReady: {
      method: 'GET',
      path: '/readyz',
      permission: 'public',
      summary: 'Whether the server can work; not while it starts or stops',
      parameters: [
        {
          name: 'verbose',
          in: 'query',
          description: 'A line for each check instead, also when some fail',
          schema: t.String({ maxLength: 5 }),
        },
        {
          name: 'exclude',
          in: 'query',
          description: 'Checks that do not count; many times, or with commas',
          schema: t.Array(t.String(), { maxItems: 32 }),
        },
      ],
      answers: {
        200: {
          description: 'It can',
          content: {
            'application/json': { schema: Alive, example: alive },
            'text/plain': { schema: t.String(), example: '[+]store ok\nreadyz check passed\n' },
          },
        },
      },
      problems: ['shutting_down', 'not_ready'],
    },
    getVersion: {
      method: 'GET',
      path: '/version',
      permission: 'public',
      summary: 'Which server this is',
      answers: {
        200: json('Name and version', t.Object({ name: t.Literal('commissaire'), version: t.String() }), {
          name: 'commissaire',
          version,
        }),
      },
    },
    getDocument: {
      method: 'GET',
      path: '/openapi.json',
      permission: 'public',
      summary: 'This document',
      answers: {
        200: json(
          'An OpenAPI 3.1 document',
          t.Object(
            {
              openapi: t.String(),
              info: t.Object({ title: t.String(), version: t.String() }, { additionalProperties: true }),
              paths: t.Record(t.String(), t.Object({}, { additionalProperties: true })),
            },
            { additionalProperties: true },
          ),
          { openapi: '3.1.0', info: { title: 'Commissaire', version }, paths: {} },
        ),
      },
    },
    showDocument: {
      method: 'GET',
      path: '/docs',
      permission: 'public',
      ...page('This document as a page to read and to try', 'text/html', '<!doctype html>…'),
    },
    getViewer: {
      method: 'GET',
      path: '/docs/viewer.js',
      permission: 'public',
      ...page('A part of that page', 'text/javascript', 'SwaggerUIBundle({…});'),
    },
    getViewerScript: {
      method: 'GET',
      path: '/docs/swagger-ui-bundle.js',
      permission: 'public',
      ...page('A part of that page', 'text/javascript', '…'),
    },
    getViewerStyles: {
      method: 'GET',
      path: '/docs/swagger-ui.css',
      permission: 'public',
      ...page('A part of that page', 'text/css', '.swagger-ui{…}'),
    },
    showManual: {
      method: 'GET',
      path: '/manual',
      permission: 'public',
      summary: 'The documentation as pages for a browser',
      answers: { 302: { description: 'Its first page', headers: { Location: 'The path of that page' } } },
    },
    getManualPage: {
      method: 'GET',
      path: '/manual/:page',
      permission: 'public',
      summary: 'A page of the documentation, or a part of one',
      conditional: 'read',
      answers: {
        200: {
          description: 'It',
          content: {
            'text/html': { schema: t.String(), example: '<!doctype html>…' },
            'text/css': { schema: t.String(), example: ':root {…}' },
            'text/javascript': { schema: t.String(), example: '…' },
            'image/svg+xml': { schema: t.String(), example: '<svg …' },
          },
        },
      },
      problems: ['route_not_found'],
    },
    getStatus: {
      method: 'GET',
      path: '/api/v0/status',
      permission: 'status:read',
      about: 'anything',
      summary: 'Whether the parts of the server work, and how many operations are under way',
      answers: {
        200: json('The status', ServerStatus, {
          etcd: { status: 'OK' },
          investigator: { status: 'OK', info: { size: 1, in_use: 1, errors: [] } },
          watcher: { status: 'FAILED', info: { size: 0, in_use: 0, errors: ['this version watches no hosts'] } },
          version,
          operations: { running: 1 },
        }),
      },
    },
  },
  handlers: ({ unready, server, operationViews, apiDocument }) => {
    const manual = new Manual();
    return {
      isAlive: () => ({ status: 'ok' }),
      isReady: ({ request }) => readiness(request, server),
      getVersion: () => ({ name: 'commissaire', version }),
      getDocument: async () => new Response(await apiDocument(), { headers: { 'content-type': 'application/json' } }),
      showDocument: viewer.page,
      getViewer: viewer.start,
      getViewerScript: viewer.script,
      getViewerStyles: viewer.styles,
      showManual: () => manual.toFront(),
      getManualPage: ({ params: { page }, request }) => manual.answer(page, request),
      getStatus: async () => {
        const investigating = await running(operationViews, 'bootstrap');
        const all = await running(operationViews);
        const works = unready() === undefined && investigating !== undefined;
        return {
          // The original's members (contract 1.7): its separate daemons and store are inside this server.
          etcd: { status: statusOf(all !== undefined) },
          investigator: {
            status: statusOf(works),
            info: { size: investigating ?? 0, in_use: investigating ?? 0, errors: [] },
          },
          // Reports the truth: this version watches no hosts, and a health check must not show them as watched.
          watcher: { status: statusOf(false), info: { size: 0, in_use: 0, errors: ['this version watches no hosts'] } },
          version,
          operations: { running: all ?? 0 },
        };
      },
    };
  },
});

/** Undefined when the store cannot be read. */
async function running(operationViews: Services['operationViews'], kind?: string): Promise<number | undefined> {
  return operationViews.running(kind).catch(() => undefined);
}

function statusOf(works: boolean): 'OK' | 'FAILED' {
  return works ? 'OK' : 'FAILED';
}
