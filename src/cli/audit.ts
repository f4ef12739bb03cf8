import type { AuditEntry } from '../audit/entry.ts';
import type { AuditPage } from '../client/audit.ts';
import { since as ago } from './cell.ts';
import { type Context, command, group } from './context.ts';
import { print } from './output.ts';
import { type Table, table } from './table.ts';

const list = command({
  name: 'list',
  summary: 'Who did what, newest first',
  arguments: {},
  options: {
    who: { type: 'text', placeholder: 'NAME', summary: 'only entries of this caller; * matches any characters' },
    peer: { type: 'text', placeholder: 'ADDRESS', summary: 'only entries of this peer' },
    action: {
      type: 'text',
      placeholder: 'ROUTE',
      summary: "only this action, such as 'PUT /api/v0/host/*', or authentication",
    },
    target: { type: 'text', placeholder: 'PATH', summary: 'only this target, such as */cluster/web*' },
    result: {
      type: 'text',
      choices: ['accepted', 'refused', 'begun', 'done', 'failed', 'unknown'],
      summary: 'only entries with this result',
    },
    since: {
      type: 'text',
      placeholder: 'TIME',
      summary: 'only from that time on: 2026-01-31, 2026-01-31T12:30, in UTC',
    },
    before: { type: 'integer', minimum: 1, placeholder: 'N', summary: 'only entries before entry N' },
    limit: { type: 'integer', minimum: 1, maximum: 1000, placeholder: 'N', summary: 'at most N; by default 100' },
  },
  examples: [
    'commctl audit list --result refused --since 2026-01-31',
    "commctl audit list --who alice --target '*/web*'",
  ],
  async handler(context, { since, before, limit = 100, result = 'Ne(begun)', ...conditions }) {
    const where = { result, ...given(conditions) };
    const entries = await newest(context, { where, since, before, limit });
    return print(context, { value: entries, table: () => auditTable(entries), none: 'No entries.' });
  },
});

export const audit = group('audit', 'Who did what: the audit trail', [list]);

/** A page may end before it is full, because the server reads a limited number of entries at a time. */
async function newest(
  context: Context,
  query: { where: Record<string, string>; since: string | undefined; before: number | undefined; limit: number },
): Promise<AuditEntry[]> {
  const client = await context.connect();
  const entries: AuditEntry[] = [];
  let next = query.before;
  do {
    const page: AuditPage = await client.audit.page({ ...query, before: next, limit: query.limit - entries.length });
    entries.push(...page.entries);
    next = page.next;
  } while (next !== undefined && entries.length < query.limit);
  return entries;
}

function given(conditions: Readonly<Record<string, string | undefined>>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(conditions).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])),
  );
}

function auditTable(entries: readonly AuditEntry[]): Table {
  const rows = entries.map((entry) => {
    const { sequence, at, who, peer, action, target } = entry;
    const verb = action === 'authentication' ? action : (action.split(' ')[0] ?? action);
    return [String(sequence), ago(at), who, peer, verb, target, resultOf(entry)];
  });
  return table([['ENTRY', 'AT', 'WHO', 'FROM', 'DID', 'ON', 'RESULT'], ...rows], { ENTRY: 1, FROM: 2 });
}

function resultOf(entry: AuditEntry): string {
  switch (entry.result) {
    case 'failed':
      return `failed: ${entry.code ?? entry.status}`;
    case 'refused':
      return `refused: ${entry.code ?? entry.status}${entry.count > 1 ? `, ${entry.count} times` : ''}`;
    default:
      return entry.result;
  }
}
