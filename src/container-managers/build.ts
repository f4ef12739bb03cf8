import type { Logger } from '../lib/logger.ts';
import type { ProxyFor } from '../lib/proxies.ts';
import type { ContainerManager } from './contract.ts';
import { kubernetesManager } from './kubernetes.ts';
import { KubernetesApi } from './kubernetes-api.ts';
import { kubernetesOptions, type ManagerType } from './options.ts';
import { trivialManager } from './trivial.ts';

export interface ManagerConfiguration {
  name: string;
  type: ManagerType;
  options: Readonly<Record<string, unknown>>;
}

export interface BuildOptions {
  logger: Logger;
  /** The deadline of one call, in milliseconds. */
  deadlineMs: number;
  /** How managers are reached; directly when left out. */
  proxyFor?: ProxyFor;
}

/** The client for a record. It sends nothing before the first call. @throws AppError `invalid_member` */
export function buildManager({ name, type, options }: ManagerConfiguration, build: BuildOptions): ContainerManager {
  if (type === 'trivial') return trivialManager(name);
  const checked = kubernetesOptions(options);
  if (checked.insecure === true) {
    build.logger.warn({ container_manager: name }, 'who this container manager is, is not verified: it is insecure');
  }
  return kubernetesManager(new KubernetesApi(name, checked, build));
}
