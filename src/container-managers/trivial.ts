import { AppError } from '../lib/errors.ts';
import type { ContainerManager, NodeStatus } from './contract.ts';

/** A manager that only remembers its nodes in memory (contract 8.3). For trying things out. */
export function trivialManager(name: string): ContainerManager {
  const nodes = new Set<string>();
  const status = (node: string): NodeStatus => {
    if (nodes.has(node)) return { node, status: 'ok' };
    throw new AppError('container_manager_failed', `the container manager "${name}" has no node ${node}`, {
      hint: 'it forgets its nodes when the server is restarted: take the host out of the cluster and add it again',
    });
  };
  return {
    isRegistered: async (node) => nodes.has(node),
    register: async (node) => void nodes.add(node),
    remove: async (node) => void nodes.delete(node),
    status: async (node) => status(node),
    unready: async (node) => void status(node),
  };
}
