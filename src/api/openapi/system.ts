import { Type as t } from '@sinclair/typebox';
import { version } from '../../lib/version.ts';
import { json, type RouteDescription, type RouteDescriptions } from './route-description.ts';

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

const page = (id: string, summary: string, type: string, example: string): RouteDescription => ({
  id,
  summary,
  answers: { 200: { description: 'It', content: { [type]: { schema: t.String(), example } } } },
});

export const systemDescriptions: RouteDescriptions = {
  'GET /livez': {
    id: 'isAlive',
    summary: 'Whether the process serves',
    answers: { 200: json('It does', Alive, alive) },
  },
  'GET /readyz': {
    id: 'isReady',
    summary: 'Whether the server can work; not while it starts or stops',
    answers: { 200: json('It can', Alive, alive) },
    problems: ['shutting_down'],
  },
  'GET /version': {
    id: 'getVersion',
    summary: 'Which server this is',
    answers: {
      200: json('Name and version', t.Object({ name: t.Literal('commissaire'), version: t.String() }), {
        name: 'commissaire',
        version,
      }),
    },
  },
  'GET /openapi.json': {
    id: 'getDocument',
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
  'GET /docs': page('showDocument', 'This document as a page to read and to try', 'text/html', '<!doctype html>…'),
  'GET /docs/viewer.js': page('getViewer', 'A part of that page', 'text/javascript', 'SwaggerUIBundle({…});'),
  'GET /docs/swagger-ui-bundle.js': page('getViewerScript', 'A part of that page', 'text/javascript', '…'),
  'GET /docs/swagger-ui.css': page('getViewerStyles', 'A part of that page', 'text/css', '.swagger-ui{…}'),
  'GET /api/v0/status': {
    id: 'getStatus',
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
};
