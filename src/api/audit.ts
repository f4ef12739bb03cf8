import { Type as t } from '@sinclair/typebox';
import { AuditEntry } from '../audit/entry.ts';
import { permissions } from '../auth/permissions.ts';
import { AppError } from '../lib/errors.ts';
import { type ListRules, readConditions } from './list-query.ts';
import { conditionParameters } from './openapi/list-parameters.ts';
import { integerOf, integerParameter, integerText, parameter } from './query.ts';
import { json, routeGroup } from './route-group.ts';

const limits = { name: 'limit', minimum: 1, maximum: 1000, otherwise: 100 };
const positions = { minimum: 0, maximum: Number.MAX_SAFE_INTEGER - 1 };
const befores = { ...positions, name: 'before' };
const afters = { ...positions, name: 'after', otherwise: 0 };
export const AuditQuery = t.Object({
  limit: integerText(limits),
  before: integerText(befores),
  after: integerText(afters),
  since: parameter,
});

const entry = {
  sequence: 4711,
  at: '2026-01-02T03:04:05.678000',
  request_id: '019a0000-0000-7000-8000-000000000000',
  who: 'alice',
  method: 'httpbasicauth',
  peer: '192.0.2.1',
  action: 'PUT /api/v0/cluster/:name/restart',
  target: '/api/v0/cluster/web/restart',
  result: 'done',
  begun: 4710,
  status: 201,
  made: '/api/v0/operation/019a0000-0000-7000-8000-000000000001',
  previous: '5f'.repeat(32),
  hash: 'a7'.repeat(32),
};

/** The members that the list can be filtered and sorted by. */
const auditList = {
  fields: {
    sequence: 'number',
    at: 'text',
    request_id: 'text',
    who: 'text',
    method: 'text',
    peer: 'text',
    token: 'text',
    action: 'text',
    target: 'text',
    result: 'text',
    permission: 'text',
    status: 'number',
    code: 'text',
    begun: 'number',
  },
  values: { result: AuditEntry.anyOf.map(({ properties }) => properties.result.const), permission: permissions },
  others: ['limit', 'before', 'after', 'since'],
} satisfies ListRules;

/** The audit trail, newest first. */
export const auditRoutes = routeGroup({
  title: 'Audit',
  description: 'Who did what, in a chain that shows when it was changed',
  schemas: { AuditEntry },
  routes: {
    listAudit: {
      method: 'GET',
      path: '/api/v0/audit',
      permission: 'audit:read',
      about: 'site',
      summary: 'Who did what, newest first: see `commctl help audit`',
      query: AuditQuery,
      parameters: conditionParameters(auditList),
      answers: {
        200: {
          ...json('The entries', t.Array(AuditEntry), [entry]),
          headers: {
            'X-Audit-Head':
              'Where the trail ends: sequence and hash of the newest entry of all. Worth noting elsewhere',
            'X-Next-Before': 'What to give as before for the next page; left out when there is none',
          },
        },
      },
      problems: ['invalid_name'],
    },
  },
  handlers: ({ audit }) => {
    return {
      listAudit: async ({ query, request, set }) => {
        const search = {
          filters: readConditions(request.url, auditList),
          before: query.before === undefined ? undefined : integerOf(query.before, befores),
          after: integerParameter(query.after, afters),
          since: query.since === undefined ? undefined : momentIn(query.since),
          limit: integerParameter(query.limit, limits),
        };
        const { entries, next, end } = await audit.search(search);
        set.headers['x-audit-head'] = `${end.sequence} ${end.hash}`;
        if (next !== undefined) set.headers['x-next-before'] = String(next);
        return entries;
      },
    };
  },
});

/** A timestamp as in records, or a prefix of one, such as a day. */
function momentIn(text: string): string {
  const moment = text.replace(/Z$/, '');
  if (/^\d{4}-\d\d(-\d\d(T\d\d(:\d\d(:\d\d(\.\d{1,6})?)?)?)?)?$/.test(moment)) return moment;
  throw new AppError('invalid_member', `since: "${text.slice(0, 80)}" is no moment`, {
    hint: 'write it as 2026-01-31 or 2026-01-31T12:30:00, in UTC',
    details: { member: 'since' },
  });
}
