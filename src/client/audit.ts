import type { AuditEntry } from '../audit/entry.ts';
import { path } from './path.ts';
import { readList } from './shape.ts';
import type { Transport } from './transport.ts';

export interface AuditQuery {
  /** Conditions by member: `{ who: 'alice', result: ['refused'] }`. All of them must hold. */
  where?: Readonly<Record<string, string | readonly string[]>> | undefined;
  /** A timestamp or a prefix of one: only entries of that time and later. */
  since?: string | undefined;
  /** Only entries with a smaller, or a larger, sequence number. */
  before?: number | undefined;
  after?: number | undefined;
  limit?: number | undefined;
}

export interface AuditPage {
  /** Newest first. */
  entries: AuditEntry[];
  /** The `before` of the next page; undefined when there is none. */
  next: number | undefined;
}

/** The route of the audit trail. */
export function audit(transport: Transport) {
  return {
    page: ({ where = {}, ...rest }: AuditQuery = {}, signal?: AbortSignal): Promise<AuditPage> =>
      transport.send({ method: 'GET', path: path`/audit`, query: { ...where, ...rest }, signal }, async (response) => {
        const next = response.headers.get('x-next-before');
        return { entries: await readList<AuditEntry>(response), next: next === null ? undefined : Number(next) };
      }),
  };
}
