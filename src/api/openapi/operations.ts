import { Type as t } from '@sinclair/typebox';
import type { ProblemCode } from '../../lib/problems.ts';
import { FoldedGroup } from '../../operations/folded.ts';
import { CopyParameters } from '../../operations/kinds/copy.ts';
import { DeployParameters } from '../../operations/kinds/deploy.ts';
import { ExecParameters } from '../../operations/kinds/exec.ts';
import { Operation, OperationDetail } from '../../operations/operation.ts';
import { NumberedEntry } from '../../operations/operations.ts';
import { Plan } from '../../operations/plan.ts';
import { defaultStrategy } from '../../operations/strategy.ts';
import { NoMembers } from '../body.ts';
import { listRules } from '../list-rules.ts';
import { AgainBody, CancelBody, JournalQuery, LogQuery, OperationBody, PlanQuery, SkipBody } from '../operations.ts';
import { type AnswerDescription, json, type RouteDescription, type RouteDescriptions } from './route-description.ts';

const started_at = '2026-01-02T03:04:05.678000';
const finished_at = '2026-01-02T03:05:06.789000';
const [first, second] = ['192.0.2.11', '192.0.2.12'];

const operation = {
  id: '019a0000-0000-7000-8000-000000000001',
  kind: 'restart',
  parameters: {},
  cluster: '',
  target: 'label:role=web',
  strategy: { ...defaultStrategy, batch: '10%' },
  requested_by: 'alice',
  status: 'in_process',
  waiting_for: null,
  reason: '',
  started_at,
  finished_at: '',
  counts: { pending: 1, succeeded: 1 },
  handshake_window: { limit: 16, smallest: 16, largest: 16, latency_ms: 41.5, reason: 'steady' },
};
const ended = { attempts: 1, exit_code: 0, error: null, started_at, finished_at, output_bytes: 3 };
const untouched = { attempts: 0, exit_code: null, error: null, started_at: '', finished_at: '', output_bytes: 0 };
const detail = {
  ...operation,
  results: [
    { address: first, state: 'succeeded', ...ended },
    { address: second, state: 'pending', ...untouched },
  ],
};
const plan = {
  hosts: 2,
  batches: [[first], [second]],
  at_once: 1,
  max_failures: 1,
  max_unreachable: null,
  on_failure: 'stop',
  gates: ['TCP port 443 open'],
  window: null,
  budgets: [{ name: 'web', hosts: 2, allowed: 1, down: 0 }],
  obstacles: [],
};
const group = {
  hosts: '192.0.2.[11-12]',
  count: 2,
  state: 'succeeded',
  exit_code: 0,
  error: '',
  output: 'ok\n',
  truncated: false,
  log_removed: false,
};
const journal = [
  { sequence: 0, at: started_at, type: 'operation_started' },
  { sequence: 1, at: started_at, type: 'batch_opened', batch: 1, hosts: [first] },
  { sequence: 2, at: finished_at, type: 'paused', by: 'alice', reason: '' },
];

/** With the parameters that the kinds check. */
const StartOperation = t.Object({
  ...OperationBody.properties,
  parameters: t.Optional(
    t.Union([DeployParameters, ExecParameters, CopyParameters, t.Object({})], {
      description: 'Of deploy, exec and copy; the other kinds have none',
    }),
  ),
});

/** Of an operation that was begun, or found to be running. */
export function locating(answer: AnswerDescription): AnswerDescription {
  return { ...answer, headers: { Location: 'Path of the operation' } };
}

/** A command that nothing is to be said with. */
const command = (id: string, summary: string): RouteDescription => ({
  id,
  summary,
  body: NoMembers,
  bodyExample: {},
  answers: { 200: json('The operation', Operation, operation) },
  problems: ['operation_ended'],
});

/** A new operation from one that has ended. */
const again = (id: string, summary: string, problems: readonly ProblemCode[]): RouteDescription => ({
  id,
  summary,
  body: AgainBody,
  bodyExample: { wait: true },
  answers: {
    200: locating(json('The very same operation is running already', OperationDetail, detail)),
    201: locating(json('The new operation', OperationDetail, detail)),
  },
  problems: ['operation_running', ...problems],
});

export const operationDescriptions: RouteDescriptions = {
  'GET /api/v0/operations': {
    id: 'listOperations',
    summary: 'Operations, the newest first',
    list: listRules.operations,
    tags: 'shown',
    answers: { 200: json('The operations', t.Array(Operation), [operation]) },
    problems: ['invalid_name'],
  },
  'POST /api/v0/operations': {
    id: 'startOperation',
    summary: 'Begins an operation, or with ?plan=true says what it would do: see docs/operations.md',
    query: PlanQuery,
    body: OperationBody,
    bodyTold: StartOperation,
    bodyExample: { kind: 'restart', target: 'label:role=web', strategy: { batch: '10%' } },
    answers: {
      200: locating(
        json('The very same operation is running already; or the plan', t.Union([OperationDetail, Plan]), detail),
      ),
      201: locating(json('The operation has begun', OperationDetail, detail)),
    },
    problems: [
      'invalid_target',
      'cluster_not_found',
      'host_not_found',
      'target_empty',
      'operation_running',
      'source_not_allowed',
      'source_unusable',
    ],
  },
  'GET /api/v0/operation/:id': {
    id: 'getOperation',
    summary: 'One operation with its hosts: with all of them, or those that the parameters ask for',
    list: listRules.results,
    tags: 'shown',
    answers: { 200: json('The operation', OperationDetail, detail) },
  },
  'GET /api/v0/operation/:id/folded': {
    id: 'getFoldedOutput',
    summary: 'What the machines printed, those that ended and printed alike as one, the smallest groups first',
    answers: { 200: json('The groups', t.Array(FoldedGroup), [group]) },
  },
  'GET /api/v0/operation/:id/plan': {
    id: 'getPlan',
    summary: 'The numbers an operation goes by',
    answers: { 200: json('The plan', Plan, plan) },
  },
  'GET /api/v0/operation/:id/journal': {
    id: 'getJournal',
    summary: 'What was decided, commanded, begun and found, the oldest first',
    query: JournalQuery,
    answers: { 200: json('The entries', t.Array(NumberedEntry), journal) },
  },
  'POST /api/v0/operation/:id/pause': command('pauseOperation', 'Takes no more hosts; those in flight are finished'),
  'POST /api/v0/operation/:id/resume': command('resumeOperation', 'Goes on with a paused operation'),
  'POST /api/v0/operation/:id/promote': command('promoteOperation', 'Goes on after the first batch, the canary'),
  'POST /api/v0/operation/:id/cancel': {
    ...command('cancelOperation', 'Ends it when the hosts in flight are finished, or now with what runs on them'),
    body: CancelBody,
    bodyExample: { now: false },
  },
  'POST /api/v0/operation/:id/skip': {
    ...command('skipHost', 'Leaves out a host that was not begun with'),
    body: SkipBody,
    bodyExample: { host: second },
    problems: ['invalid_address', 'host_not_found', 'host_taken', 'operation_ended'],
  },
  'POST /api/v0/operation/:id/retry': again('retryOperation', 'Begins it anew over the hosts it did not get done', [
    'target_empty',
  ]),
  'POST /api/v0/operation/:id/rerun': again('rerunOperation', 'Begins it anew over all its hosts', ['target_empty']),
  'GET /api/v0/operation/:id/log': {
    id: 'getLog',
    summary: 'What one machine printed, about 1 MiB at a time, or with ?follow=true until it has ended',
    query: LogQuery,
    parameters: [
      {
        name: 'Last-Event-ID',
        in: 'header',
        description: 'Means the same as offset, and wins',
        schema: t.Integer({ minimum: 0 }),
      },
    ],
    answers: {
      200: {
        description: 'The text; with ?follow=true server-sent events: output, then end, or removed',
        content: {
          'text/plain': { schema: t.String(), example: 'ok\n' },
          'text/event-stream': {
            schema: t.String(),
            example: 'id: 3\nevent: output\ndata: {"offset":0,"text":"ok\\n"}\n\nevent: end\ndata: {"offset": 3}\n\n',
          },
        },
        headers: {
          'X-Next-Offset': 'Where to read on; not of a stream',
          'X-Log-Complete': 'false when there will be more; not of a stream',
        },
      },
    },
    problems: ['invalid_address', 'host_not_found', 'log_removed'],
  },
};
