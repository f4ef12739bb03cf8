import type { ContainerManagerRecord } from '../inventory/container-manager.ts';
import type { Network } from '../inventory/network.ts';
import type { Login } from './login.ts';
import type { WantedCluster, WantedHost } from './wanted.ts';

/** A cluster that is there already. */
export interface PresentCluster {
  readonly network: string;
  readonly container_manager: string;
  readonly hostset: readonly string[];
}

/** What the product has already, as far as an import compares it. */
export interface PresentRecords {
  /** The addresses of all hosts. */
  readonly hosts: ReadonlySet<string>;
  readonly networks: ReadonlyMap<string, Network>;
  /** The names of all container managers. Their secrets are compared by the server. */
  readonly managers: ReadonlySet<string>;
  readonly clusters: ReadonlyMap<string, PresentCluster>;
}

/** How the login of a host that is there already compares with that of the original. */
export type LoginComparison = 'same' | 'different' | 'missing';

/**
 * The inventory that an import writes to. Each call writes one record as a whole or not at all, and starts no work on a
 * machine. The writing calls throw what the server answers.
 */
export interface Inventory {
  present(): Promise<PresentRecords>;
  /** Whether the container manager is there with the same options, secrets included. */
  hasSameManager(manager: ContainerManagerRecord): Promise<boolean>;
  /** `missing` when the host is there without a key. */
  compareLogin(address: string, login: Login): Promise<LoginComparison>;

  putNetwork(network: Network): Promise<void>;
  createManager(manager: ContainerManagerRecord): Promise<void>;
  replaceManager(manager: ContainerManagerRecord): Promise<void>;
  /** @param cluster the existing cluster that it joins in the same transaction */
  createHost(host: WantedHost, cluster: string | undefined): Promise<void>;
  /** Gives the host the login of the original. All else of it stays. */
  replaceLogin(address: string, login: Login): Promise<void>;
  createCluster(cluster: WantedCluster): Promise<void>;
  replaceCluster(cluster: WantedCluster): Promise<void>;
}
