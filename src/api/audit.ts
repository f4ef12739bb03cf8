import { Type as t } from '@sinclair/typebox';
import { AppError } from '../lib/errors.ts';
import type { Services } from './context.ts';
import { Elysia, own } from './framework.ts';
import { readConditions } from './list-query.ts';
import { listRules } from './list-rules.ts';
import { integerOf, integerParameter, integerText, parameter } from './query.ts';

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

/** The audit trail, newest first. */
export function auditRoutes({ audit }: Services) {
  return new Elysia({ name: 'audit' }).get(
    '/api/v0/audit',
    async ({ query, request, set }) => {
      const search = {
        filters: readConditions(request.url, listRules.audit),
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
    { query: own(AuditQuery) },
  );
}

/** A timestamp as records have it, or the beginning of one: a day is one too. */
function momentIn(text: string): string {
  const moment = text.replace(/Z$/, '');
  if (/^\d{4}-\d\d(-\d\d(T\d\d(:\d\d(:\d\d(\.\d{1,6})?)?)?)?)?$/.test(moment)) return moment;
  throw new AppError('invalid_member', `since: "${text.slice(0, 80)}" is no moment`, {
    hint: 'write it as 2026-01-31 or 2026-01-31T12:30:00, in UTC',
    details: { member: 'since' },
  });
}
