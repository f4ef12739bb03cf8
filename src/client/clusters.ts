import type { Cluster, ClusterSummary, ClusterView } from '../inventory/cluster.ts';
import { type ChangeOptions, changing, type Patch, type TakingOptions, taking } from './change.ts';
import { nounCalls } from './noun.ts';
import { type ListQuery, page } from './page.ts';
import { path } from './path.ts';
import type { ClusterOperation, ClusterOperationKind } from './records.ts';
import { readObject } from './shape.ts';
import type { Transport } from './transport.ts';
import type { Waiter } from './wait-for.ts';

export interface NewCluster {
  /** Not used by the server; the original's client sends it. */
  type?: string | undefined;
  network?: string | undefined;
  container_manager?: string | undefined;
  /** Seconds that a machine may take to come back from a reboot; null for none of its own. */
  reboot_timeout?: number | null | undefined;
}

/** The members to change; the others stay unchanged. */
export type ClusterChange = Partial<Pick<NewCluster, 'network' | 'container_manager' | 'reboot_timeout'>>;

export interface MembersChange {
  /** Addresses. */
  seen: readonly string[];
  wanted: readonly string[];
}

export interface OperationRequest {
  /** The version to deploy. */
  version?: string;
  /** The given members; the server has defaults for the others. */
  strategy?: Readonly<Record<string, unknown>>;
  /** Wait for the cluster when another operation has it, instead of being refused. */
  wait?: boolean;
}

export interface StartedOperation {
  record: ClusterOperation;
  /** Undefined when the server names no operation: the original has none. */
  id: string | undefined;
  /** Undefined when the server does not say it. */
  number: number | undefined;
  /** False when the same operation was already running. */
  isNew: boolean;
}

/** The routes of clusters, their members and their operations. */
export function clusters(transport: Transport, waiter: Waiter) {
  return {
    ...nounCalls<string, ClusterView>(transport, { many: 'clusters', one: 'cluster' }),

    /** 409 `operation_running` while an operation works on it, or on a member. */
    delete: (name: string, options?: AbortSignal | TakingOptions) =>
      transport.list<never>({ method: 'DELETE', path: path`/cluster/${name}`, ...taking(options) }),

    /** The clusters that match a query with their members, instead of their names. */
    details: ({ where, ...query }: ListQuery = {}, signal?: AbortSignal) =>
      page<ClusterView>(transport, path`/clusters`, { ...query, where: { ...where, details: 'true' } }, signal),

    create: (name: string, body: NewCluster, options?: AbortSignal | ChangeOptions) =>
      transport.object<ClusterSummary>({ method: 'PUT', path: path`/cluster/${name}`, body, ...changing(options) }),

    /** Stores the record as given, in place of the one that is there, with these members. Its hosts must exist. */
    importRecord: (
      name: string,
      body: NewCluster & { hostset: readonly string[] },
      options?: AbortSignal | ChangeOptions,
    ) =>
      transport.object<ClusterSummary>({
        method: 'PUT',
        path: path`/cluster/${name}`,
        query: { import: 'true' },
        body,
        ...changing(options),
      }),

    /** Changes the given members; the cluster's hosts stay unchanged. */
    change: (name: string, body: Patch<ClusterChange>, options?: AbortSignal | ChangeOptions) =>
      transport.object<ClusterSummary>({ method: 'PATCH', path: path`/cluster/${name}`, body, ...changing(options) }),

    members: (name: string, signal?: AbortSignal) =>
      transport.list<string>({ method: 'GET', path: path`/cluster/${name}/hosts`, signal }),

    /** The address, when it is a member. */
    member: (name: string, address: string, signal?: AbortSignal) =>
      transport.list<string>({ method: 'GET', path: path`/cluster/${name}/hosts/${address}`, signal }),

    /** Makes `wanted` the members, if they are still `seen`; 409 `hostset_changed` otherwise. */
    replaceMembers: (name: string, { seen, wanted }: MembersChange, options?: AbortSignal | TakingOptions) =>
      transport.object<Cluster>({
        method: 'PUT',
        path: path`/cluster/${name}/hosts`,
        body: { old: seen, new: wanted },
        // A repeated request would find the members that the first one set, and be refused.
        idempotent: false,
        ...taking(options),
      }),

    addMember: (name: string, address: string, options?: AbortSignal | ChangeOptions) =>
      transport.list<string>({
        method: 'PUT',
        path: path`/cluster/${name}/hosts/${address}`,
        body: {},
        ...changing(options),
      }),

    /** 409 `operation_running` while an operation works on the host. */
    removeMember: (name: string, address: string, options?: AbortSignal | TakingOptions) =>
      transport.list<never>({ method: 'DELETE', path: path`/cluster/${name}/hosts/${address}`, ...taking(options) }),

    /** Starts an operation on the members, or finds that the same one is running. */
    start: (name: string, kind: ClusterOperationKind, body: OperationRequest, signal?: AbortSignal) =>
      // Two requests may start two operations, one after the other.
      transport.send({ method: 'PUT', path: path`/cluster/${name}/${kind}`, body, idempotent: false, signal }, started),

    /** The latest operation of the kind. */
    latest: (name: string, kind: ClusterOperationKind, signal?: AbortSignal) =>
      transport.object<ClusterOperation>({ method: 'GET', path: path`/cluster/${name}/${kind}`, signal }),

    /**
     * Resolves with the cluster once the predicate holds. It is read now, and after each event about it or a host.
     *
     * @throws ProblemError when there is no such cluster, the reason of the signal, NoServerError
     */
    waitFor: (
      name: string,
      predicate: (cluster: ClusterView) => boolean,
      signal?: AbortSignal,
    ): Promise<ClusterView> => {
      const read = () => transport.object<ClusterView>({ method: 'GET', path: path`/cluster/${name}`, signal });
      return waiter.waitFor({ filter: [`cluster.*.${name}`, 'host'], read }, predicate, signal);
    },
  };
}

async function started(response: Response): Promise<StartedOperation> {
  const location = response.headers.get('location');
  const record = await readObject<ClusterOperation>(response);
  const number = Number(response.headers.get('x-operation-number') ?? 0) || undefined;
  return { record, id: location?.split('/').at(-1), number, isNew: response.status === 201 };
}
