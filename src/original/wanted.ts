import type { ContainerManagerRecord } from '../inventory/container-manager.ts';
import type { HostHealth } from '../inventory/host.ts';
import type { Network } from '../inventory/network.ts';
import type { Login } from './login.ts';

/** The records that an import makes of an installation of the original, in our form. */
export interface Wanted {
  readonly networks: readonly Noted<Network>[];
  readonly managers: readonly Noted<ContainerManagerRecord>[];
  readonly hosts: readonly Noted<WantedHost>[];
  readonly clusters: readonly Noted<WantedCluster>[];
  /** What is not imported. */
  readonly leftOut: readonly LeftOut[];
}

/** A record with what a person should know about it. */
export type Noted<T> = { readonly record: T; readonly notes: readonly string[] };

export interface WantedHost extends Omit<HostHealth, 'facts'> {
  readonly address: string;
  readonly status: string;
  readonly source: string;
  readonly error: string;
  /** Undefined for a host that is imported without a key. */
  readonly login: Login | undefined;
  /** `SHA256:…` of the key to pin; undefined to pin the first one that the machine shows. */
  readonly hostKey: string | undefined;
}

export interface WantedCluster {
  readonly name: string;
  readonly network: string;
  readonly container_manager: string;
  /** In the order of the original, in which its operations went over them. */
  readonly hostset: readonly string[];
}

export type WantedKind = 'network' | 'container_manager' | 'host' | 'cluster' | 'operation' | 'key';

export interface LeftOut {
  readonly kind: WantedKind;
  readonly name: string;
  readonly reason: string;
}
