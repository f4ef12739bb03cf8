import type { Request } from './request.ts';
import { readList } from './shape.ts';
import type { Transport } from './transport.ts';

/** Which records of a collection, in what order: see docs/api.md, "Lists". */
export interface ListQuery {
  /** Conditions by member: `{ status: 'failed', cpus: ['Gte(4)', 'Lt(16)'] }`. All of them hold. */
  where?: Readonly<Record<string, string | readonly string[]>> | undefined;
  /** Members, comma-separated, the first counting most; `-` before one for its largest first. */
  sort?: string | undefined;
  reverse?: boolean | undefined;
  offset?: number | undefined;
  limit?: number | undefined;
}

export interface Page<T> {
  records: T[];
  /** How many records the conditions let through, on all pages. */
  total: number;
}

/** A page of a list; what else a query of that list has is sent as it is. @throws ProblemError, NoServerError, or the reason of the signal */
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
