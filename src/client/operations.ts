import type { FoldedGroup } from '../operations/folded.ts';
import type { Operation, OperationDetail } from '../operations/operation.ts';
import type { NumberedEntry } from '../operations/operation-views.ts';
import type { Plan } from '../operations/plan.ts';
import { type ListQuery, page } from './page.ts';
import { path } from './path.ts';
import { readObject } from './shape.ts';
import type { Transport } from './transport.ts';
import type { Waiter } from './wait-for.ts';

export interface OperationFilter {
  cluster?: string | undefined;
  limit?: number | undefined;
}

export interface Queue {
  /** Wait for hosts that another operation has, instead of being refused. */
  wait?: boolean;
}

export interface NewOperation extends Queue {
  kind: string;
  /** An expression, see docs/targets.md. */
  target: string;
  parameters?: Readonly<Record<string, unknown>>;
  /** The given members; the server has defaults for the others. */
  strategy?: Readonly<Record<string, unknown>>;
}

export interface BegunOperation {
  operation: OperationDetail;
  /** False when the same operation was already running. */
  isNew: boolean;
}

export interface Observation {
  operation: OperationDetail;
  /** The server's clock at the answer, in milliseconds since the epoch: compare the server's timestamps with it. */
  serverTime: number;
}

export interface LogPart {
  bytes: Uint8Array;
  /** The offset of the next part. */
  nextOffset: number;
  /** Nothing follows this part. */
  complete: boolean;
}

/** The routes of operations of any kind. */
export function operations(transport: Transport, waiter: Waiter) {
  const command = (id: string, name: string, body: object, signal?: AbortSignal) =>
    transport.object<Operation>({ method: 'POST', path: path`/operation/${id}/${name}`, body, signal });
  const again = (id: string, name: string, body: Queue, signal?: AbortSignal) =>
    transport.send({ method: 'POST', path: path`/operation/${id}/${name}`, body, signal }, begun);

  return {
    start: (body: NewOperation, signal?: AbortSignal) =>
      transport.send({ method: 'POST', path: path`/operations`, body, signal }, begun),

    /** The plan of what `start` would do. */
    plan: (body: NewOperation, signal?: AbortSignal) =>
      transport.object<Plan>({
        method: 'POST',
        path: path`/operations`,
        query: { plan: 'true' },
        body,
        idempotent: true,
        signal,
      }),

    /** The hosts with their output, those that ended alike as one group. */
    folded: (id: string, signal?: AbortSignal) =>
      transport.list<FoldedGroup>({ method: 'GET', path: path`/operation/${id}/folded`, signal }),

    /** The plan of an existing operation. */
    planOf: (id: string, signal?: AbortSignal) =>
      transport.object<Plan>({ method: 'GET', path: path`/operation/${id}/plan`, signal }),

    /** The plan of what `retry` or `rerun` would do. */
    planAgain: (id: string, again: 'retry' | 'rerun', signal?: AbortSignal) =>
      transport.object<Plan>({ method: 'GET', path: path`/operation/${id}/plan`, query: { again }, signal }),

    /** The entries of the journal, oldest first, from after the sequence number `after`, one page at a time. */
    journal: (id: string, after?: number, signal?: AbortSignal) =>
      transport.list<NumberedEntry>({ method: 'GET', path: path`/operation/${id}/journal`, query: { after }, signal }),

    pause: (id: string, signal?: AbortSignal) => command(id, 'pause', {}, signal),
    resume: (id: string, signal?: AbortSignal) => command(id, 'resume', {}, signal),
    promote: (id: string, signal?: AbortSignal) => command(id, 'promote', {}, signal),
    cancel: (id: string, body: { now: boolean }, signal?: AbortSignal) => command(id, 'cancel', body, signal),
    skip: (id: string, host: string, signal?: AbortSignal) => command(id, 'skip', { host }, signal),

    /** Starts a new operation over the hosts that did not succeed. */
    retry: (id: string, body: Queue = {}, signal?: AbortSignal) => again(id, 'retry', body, signal),

    /** Starts a new operation over all the hosts. */
    rerun: (id: string, body: Queue = {}, signal?: AbortSignal) => again(id, 'rerun', body, signal),

    /** Newest first. */
    list: ({ cluster, limit }: OperationFilter = {}, signal?: AbortSignal) =>
      transport.list<Operation>({ method: 'GET', path: path`/operations`, query: { cluster, limit }, signal }),

    /** The operations that match a query, and their number. */
    page: (query: ListQuery, signal?: AbortSignal) => page<Operation>(transport, path`/operations`, query, signal),

    get: (id: string, signal?: AbortSignal) =>
      transport.object<OperationDetail>({ method: 'GET', path: path`/operation/${id}`, signal }),

    /** The same, with the server's time of the answer. */
    observe: (id: string, signal?: AbortSignal) =>
      transport.send({ method: 'GET', path: path`/operation/${id}`, signal }, observation),

    /** The output of a host in the operation, from a byte offset on, as much as the server sends in one answer. */
    log: (id: string, host: string, offset: number, signal?: AbortSignal) =>
      transport.send({ method: 'GET', path: path`/operation/${id}/log`, query: { host, offset }, signal }, (response) =>
        logPart(response, offset),
      ),

    /**
     * Resolves with the operation once the predicate holds. It is read now, and after each event about it or its hosts;
     * new output alone is no event.
     *
     * @throws ProblemError when there is no such operation, the reason of the signal, NoServerError
     */
    waitFor: (
      id: string,
      predicate: (operation: OperationDetail) => boolean,
      signal?: AbortSignal,
    ): Promise<OperationDetail> => {
      const read = () => transport.object<OperationDetail>({ method: 'GET', path: path`/operation/${id}`, signal });
      return waiter.waitFor({ filter: [`operation.*.${id}`], read }, predicate, signal);
    },
  };
}

async function begun(response: Response): Promise<BegunOperation> {
  return { operation: await readObject<OperationDetail>(response), isNew: response.status === 201 };
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
