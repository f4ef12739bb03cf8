import { Type as t } from '@sinclair/typebox';
import { textsOf } from '../lib/literals.ts';
import { eitherOf } from '../lib/schema-form.ts';
import { FoldedGroup } from '../operations/folded.ts';
import { Gate } from '../operations/gate.ts';
import { HandshakeWindow } from '../operations/handshake-window.ts';
import { kindNames } from '../operations/kinds/names.ts';
import { kindParameters } from '../operations/kinds/registry.ts';
import {
  HostError,
  HostState,
  Operation,
  OperationDetail,
  OperationHost,
  OperationOutcome,
  OperationStatus,
  Phase,
  WaitingFor,
} from '../operations/operation.ts';
import { NumberedEntry } from '../operations/operation-views.ts';
import { Plan } from '../operations/plan.ts';
import { Share } from '../operations/share.ts';
import { Strategy } from '../operations/strategy.ts';
import { Window } from '../operations/window.ts';
import { NoMembers } from './body.ts';
import type { ListRules } from './list-query.ts';
import { detail, group, journal, operation, plan, second } from './operation-examples.ts';
import { integerText } from './query.ts';
import { type AnswerDescription, declareRoutes, json } from './route-group.ts';
import { StrategyBody } from './strategy-body.ts';

const wait = t.Optional(
  t.Boolean({ description: 'Wait for what another operation has, instead of being refused with operation_running' }),
);
export const StartBody = t.Object({ strategy: t.Optional(StrategyBody), wait });
const startable = kindNames.filter((name) => name !== 'bootstrap');

export const OperationBody = t.Object({
  kind: t.String({
    minLength: 1,
    maxLength: 64,
    description: 'What the operation does',
    form: `a kind of operation: ${eitherOf(startable)}`,
  }),
  target: t.String({
    minLength: 1,
    maxLength: 100_000,
    description: 'The hosts it is for, as an expression',
    form: 'an expression for hosts, such as cluster:web; `commctl help targets` explains it',
  }),
  parameters: t.Optional(t.Record(t.String(), t.Unknown(), { description: 'Parameters of the kind' })),
  ...StartBody.properties,
});

export const CancelBody = t.Object({
  now: t.Optional(t.Boolean({ description: 'true: what runs on the hosts in flight is ended too' })),
});
export const AgainBody = t.Object({ wait });
export const SkipBody = t.Object({ host: t.String({ description: 'Address of a host to leave out' }) });
export const PlanQuery = t.Object({ plan: t.Optional(t.Union([t.Literal('true'), t.Literal('false')])) });
export const AgainQuery = t.Object({
  again: t.Optional(
    t.Union([t.Literal('retry'), t.Literal('rerun')], {
      description: 'The plan of what a retry or a rerun of the operation would do',
    }),
  ),
});
export const journalLimits = { name: 'limit', minimum: 1, maximum: 10_000, otherwise: 1_000 };
export const sequences = { name: 'after', minimum: 0, maximum: 999_999_999_999 };
export const offsets = { name: 'offset', minimum: 0, maximum: Number.MAX_SAFE_INTEGER - 1, otherwise: 0 };
export const JournalQuery = t.Object({ after: integerText(sequences), limit: integerText(journalLimits) });
export const LogQuery = t.Object({
  host: t.String(),
  offset: integerText(offsets),
  follow: t.Optional(t.Union([t.Literal('true'), t.Literal('false')])),
});

/** With the parameters that the kinds check. */
const StartOperation = t.Object({
  ...OperationBody.properties,
  parameters: t.Optional(
    t.Union([...Object.values(kindParameters), t.Object({})], {
      description: 'Of deploy, exec and copy; the other kinds have none',
    }),
  ),
});

/** The answer about an operation that was started, or that was already running. */
export function locating(answer: AnswerDescription): AnswerDescription {
  return { ...answer, headers: { Location: 'Path of the operation' } };
}

/** The same on the routes of clusters, whose answers have neither the id nor the number. */
export function numbering(answer: AnswerDescription): AnswerDescription {
  const { headers, ...located } = locating(answer);
  return { ...located, headers: { ...headers, 'X-Operation-Number': 'Number of the operation' } };
}

/** A command without parameters. */
const command = (summary: string) => ({
  summary,
  body: NoMembers,
  bodyExample: {},
  answers: { 200: json('The operation', Operation, operation) },
  problems: ['operation_ended'] as const,
});

/** A new operation from one that has ended. */
const again = (summary: string) => ({
  summary,
  body: AgainBody,
  bodyExample: { wait: true },
  answers: {
    200: locating(json('The very same operation is running already', OperationDetail, detail)),
    201: locating(json('The new operation', OperationDetail, detail)),
  },
  problems: ['operation_running', 'target_empty'] as const,
});

/** The members that the list can be filtered and sorted by. */
export const operationsList = {
  fields: {
    id: 'text',
    number: 'number',
    kind: 'text',
    cluster: 'name',
    target: 'text',
    requested_by: 'text',
    automatic: 'text',
    status: 'text',
    outcome: 'text',
    reason: 'text',
    started_at: 'text',
    finished_at: 'text',
    'counts.*': 'number',
    'parameters.*': 'text',
    'waiting_for.*': 'text',
  },
  values: {
    kind: kindNames,
    status: textsOf(OperationStatus),
    'waiting_for.what': textsOf(WaitingFor.properties.what),
  },
  limits: { minimum: 1, maximum: 1000, otherwise: 100 },
} satisfies ListRules;

/** The members that the list can be filtered and sorted by. */
export const resultsList = {
  fields: {
    address: 'address',
    state: 'text',
    phase: 'text',
    attempts: 'number',
    exit_code: 'number',
    'error.*': 'text',
    started_at: 'text',
    finished_at: 'text',
    output_bytes: 'number',
  },
  values: { state: textsOf(HostState), phase: textsOf(Phase) },
} satisfies ListRules;

/** The schemas that the API document names. */
export const operationSchemas = {
  Operation,
  OperationDetail,
  OperationHost,
  OperationStatus,
  OperationOutcome,
  HostState,
  HostError,
  Phase,
  WaitingFor,
  HandshakeWindow,
  Strategy,
  GivenStrategy: StrategyBody,
  Share,
  Gate,
  Window,
  Plan,
  FoldedGroup,
  JournalEntry: NumberedEntry,
  ...kindParameters,
};

/** Operations, read and commanded by id. */
export const operationDeclarations = declareRoutes({
  listOperations: {
    method: 'GET',
    path: '/api/v0/operations',
    permission: 'operation:read',
    about: 'list',
    summary: 'Operations, the newest first',
    list: operationsList,
    conditional: 'read',
    answers: { 200: json('The operations', t.Array(Operation), [operation]) },
    problems: ['invalid_name'],
  },
  startOperation: {
    method: 'POST',
    path: '/api/v0/operations',
    permission: 'operation:run',
    about: 'body',
    summary: 'Begins an operation, or with ?plan=true says what it would do: see `commctl help operations`',
    query: PlanQuery,
    body: OperationBody,
    documentedBody: StartOperation,
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
  getOperation: {
    method: 'GET',
    path: '/api/v0/operation/:id',
    permission: 'operation:read',
    about: 'operation',
    summary: 'One operation with its hosts: with all of them, or those that the parameters ask for',
    list: resultsList,
    conditional: 'read',
    answers: { 200: json('The operation', OperationDetail, detail) },
  },
  getFoldedOutput: {
    method: 'GET',
    path: '/api/v0/operation/:id/folded',
    permission: 'operation:read',
    about: 'operation',
    summary: 'What the machines printed, those that ended and printed alike as one, the smallest groups first',
    answers: { 200: json('The groups', t.Array(FoldedGroup), [group]) },
  },
  getPlan: {
    method: 'GET',
    path: '/api/v0/operation/:id/plan',
    permission: 'operation:read',
    about: 'operation',
    summary: 'The numbers an operation goes by, or with ?again=retry those of its retry',
    query: AgainQuery,
    answers: { 200: json('The plan', Plan, plan) },
    problems: ['operation_running', 'target_empty'],
  },
  getJournal: {
    method: 'GET',
    path: '/api/v0/operation/:id/journal',
    permission: 'operation:read',
    about: 'operation',
    summary: 'What was decided, commanded, begun and found, the oldest first',
    query: JournalQuery,
    answers: { 200: json('The entries', t.Array(NumberedEntry), journal) },
  },
  pauseOperation: {
    method: 'POST',
    path: '/api/v0/operation/:id/pause',
    permission: 'operation:run',
    about: 'operation',
    ...command('Takes no more hosts; those in flight are finished'),
  },
  resumeOperation: {
    method: 'POST',
    path: '/api/v0/operation/:id/resume',
    permission: 'operation:run',
    about: 'operation',
    ...command('Goes on with a paused operation'),
  },
  promoteOperation: {
    method: 'POST',
    path: '/api/v0/operation/:id/promote',
    permission: 'operation:run',
    about: 'operation',
    ...command('Goes on after the first batch, the canary'),
  },
  cancelOperation: {
    method: 'POST',
    path: '/api/v0/operation/:id/cancel',
    permission: 'operation:run',
    about: 'operation',
    ...command('Ends it when the hosts in flight are finished, or now with what runs on them'),
    body: CancelBody,
    bodyExample: { now: false },
  },
  skipHost: {
    method: 'POST',
    path: '/api/v0/operation/:id/skip',
    permission: 'operation:run',
    about: 'operation',
    ...command('Leaves out a host that was not begun with'),
    body: SkipBody,
    bodyExample: { host: second },
    problems: ['invalid_address', 'host_not_found', 'host_taken', 'operation_ended'],
  },
  retryOperation: {
    method: 'POST',
    path: '/api/v0/operation/:id/retry',
    permission: 'operation:run',
    about: 'operation',
    ...again('Begins it anew over the hosts it did not get done'),
  },
  rerunOperation: {
    method: 'POST',
    path: '/api/v0/operation/:id/rerun',
    permission: 'operation:run',
    about: 'operation',
    ...again('Begins it anew over all its hosts'),
  },
  getLog: {
    method: 'GET',
    path: '/api/v0/operation/:id/log',
    permission: 'operation:read',
    about: 'operation',
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
});
