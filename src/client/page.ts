import type { Request } from './request.ts';
import { readList } from './shape.ts';
import type { Transport } from './transport.ts';

/** The selection and order of records: see docs/api.md, "Lists". */
export interface ListQuery {
  /** Conditions by member: `{ status: 'failed', cpus: ['Gte(4)', 'Lt(16)'] }`. All of them must hold. */
  where?: Readonly<Record<string, string | readonly string[]>> | undefined;
  /** Members, comma-separated, the most significant first; `-` before a member sorts its largest values first. */
  sort?: string | undefined;
  reverse?: boolean | undefined;
  offset?: number | undefined;
  limit?: number | undefined;
}

export interface Page<T> {
  records: T[];
  /** The number of records that meet the conditions, on all pages. */
  total: number;
}

/**
 * A page of a list. Further parameters of the query are sent unchanged. @throws ProblemError, NoServerError, or the
 * reason of the signal
 */
export function page<T>(
  transport: Transport,
  path: string,
  { where = {}, ...rest }: ListQuery,
  signal?: AbortSignal,
): Promise<Page<T>> {
  const request: Request = { method: 'GET', path, query: { ...where, ...rest }, signal };
  return transport.send(request, async (response) => {
    const records = await readList<T>(response);
    const total = Number(response.headers.get('x-total-count') ?? Number.NaN);
    return { records, total: Number.isSafeInteger(total) ? total : records.length };
  });
}
