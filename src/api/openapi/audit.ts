import { Type as t } from '@sinclair/typebox';
import { AuditEntry } from '../../audit/entry.ts';
import { AuditQuery } from '../audit.ts';
import { listRules } from '../list-rules.ts';
import { conditionParameters } from './list-parameters.ts';
import { json, type RouteDescriptions } from './route-description.ts';

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

export const auditDescriptions: RouteDescriptions = {
  'GET /api/v0/audit': {
    id: 'listAudit',
    summary: 'Who did what, newest first: see docs/audit.md',
    query: AuditQuery,
    parameters: conditionParameters(listRules.audit),
    answers: {
      200: {
        ...json('The entries', t.Array(AuditEntry), [entry]),
        headers: {
          'X-Audit-Head': 'Where the trail ends: sequence and hash of the newest entry of all. Worth noting elsewhere',
          'X-Next-Before': 'What to give as before for the next page; left out when there is none',
        },
      },
    },
    problems: ['invalid_name'],
  },
};
