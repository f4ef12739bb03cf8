import type { ClusterSummary, ClusterView } from '../inventory/cluster.ts';
import { path } from './path.ts';
import type { ClusterOperation, ClusterOperationKind } from './records.ts';
import { readObject } from './shape.ts';
import type { Transport } from './transport.ts';

export interface NewCluster {
  /** Not used by the server; the original's client sends it. */
  type: string;
  network: string;
  container_manager: string;
}

export interface OperationRequest {
  /** What to deploy. */
  version?: string;
  /** The members given; the server knows the others. */
  strategy?: Readonly<Record<string, unknown>>;
}

export interface StartedOperation {
  record: ClusterOperation;
  /** Undefined when the server does not say: the original has no operations to name. */
  id: string | undefined;
  /** False when the very same operation was running already. */
  isNew: boolean;
}

/** The routes of clusters, their members and their operations. */
export function clusters(transport: Transport) {
  return {
    list: (signal?: AbortSignal) => transport.list<string>({ method: 'GET', path: path`/clusters`, signal }),

    get: (name: string, signal?: AbortSignal) =>
      transport.object<ClusterView>({ method: 'GET', path: path`/cluster/${name}`, signal }),

    create: (name: string, body: NewCluster, signal?: AbortSignal) =>
      transport.object<ClusterSummary>({ method: 'PUT', path: path`/cluster/${name}`, body, signal }),

    delete: (name: string, signal?: AbortSignal) =>
      transport.list<never>({ method: 'DELETE', path: path`/cluster/${name}`, signal }),

    members: (name: string, signal?: AbortSignal) =>
      transport.list<string>({ method: 'GET', path: path`/cluster/${name}/hosts`, signal }),

    addMember: (name: string, address: string, signal?: AbortSignal) =>
      transport.list<string>({ method: 'PUT', path: path`/cluster/${name}/hosts/${address}`, body: {}, signal }),

    removeMember: (name: string, address: string, signal?: AbortSignal) =>
      transport.list<never>({ method: 'DELETE', path: path`/cluster/${name}/hosts/${address}`, signal }),

    /** Starts an operation on the members, or finds that the very same one is running. */
    start: (name: string, kind: ClusterOperationKind, body: OperationRequest, signal?: AbortSignal) =>
      transport.send({ method: 'PUT', path: path`/cluster/${name}/${kind}`, body, signal }, started),

    /** The latest operation of the kind. */
    latest: (name: string, kind: ClusterOperationKind, signal?: AbortSignal) =>
      transport.object<ClusterOperation>({ method: 'GET', path: path`/cluster/${name}/${kind}`, signal }),
  };
}

async function started(response: Response): Promise<StartedOperation> {
  const location = response.headers.get('location');
  const record = await readObject<ClusterOperation>(response);
  return { record, id: location?.split('/').at(-1), isNew: response.status === 201 };
}
