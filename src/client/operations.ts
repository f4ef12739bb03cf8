import type { Operation, OperationDetail } from '../operations/operation.ts';
import { path } from './path.ts';
import { readObject } from './shape.ts';
import type { Transport } from './transport.ts';

export interface OperationFilter {
  cluster?: string | undefined;
  limit?: number | undefined;
}

export interface Observation {
  operation: OperationDetail;
  /** The server's clock at the answer, in milliseconds since the epoch: what its timestamps are to be compared with. */
  serverTime: number;
}

export interface LogPart {
  bytes: Uint8Array;
  /** Where the next part begins. */
  nextOffset: number;
  /** Nothing will follow this part. */
  complete: boolean;
}

/** The routes of operations, whatever their kind. */
export function operations(transport: Transport) {
  return {
    /** Newest first. */
    list: ({ cluster, limit }: OperationFilter = {}, signal?: AbortSignal) =>
      transport.list<Operation>({ method: 'GET', path: path`/operations`, query: { cluster, limit }, signal }),

    get: (id: string, signal?: AbortSignal) =>
      transport.object<OperationDetail>({ method: 'GET', path: path`/operation/${id}`, signal }),

    /** The same, with the time it was so. */
    observe: (id: string, signal?: AbortSignal) =>
      transport.send({ method: 'GET', path: path`/operation/${id}`, signal }, observation),

    /** What a host printed during the operation, from a byte offset on, as far as the server gives it in one go. */
    log: (id: string, host: string, offset: number, signal?: AbortSignal) =>
      transport.send({ method: 'GET', path: path`/operation/${id}/log`, query: { host, offset }, signal }, (response) =>
        logPart(response, offset),
      ),
  };
}

async function observation(response: Response): Promise<Observation> {
  const operation = await readObject<OperationDetail>(response);
  const date = Date.parse(response.headers.get('date') ?? '');
  return { operation, serverTime: Number.isNaN(date) ? Date.now() : date };
}

async function logPart(response: Response, offset: number): Promise<LogPart> {
  const bytes = new Uint8Array(await response.arrayBuffer());
  const next = Number(response.headers.get('x-next-offset') ?? Number.NaN);
  return {
    bytes,
    nextOffset: Number.isSafeInteger(next) ? next : offset + bytes.length,
    complete: response.headers.get('x-log-complete') === 'true',
  };
}
