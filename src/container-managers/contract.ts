/** What a container manager reports of a node, unchanged. */
export type NodeStatus = Record<string, unknown>;

/**
 * A container manager whose nodes are hosts. The name of a node is the address of its host. Every call has its own
 * deadline, and throws the reason of the signal when that fires first.
 *
 * All throw AppError `container_manager_failed`, which says what was attempted, on which manager, and what to do.
 */
export interface ContainerManager {
  isRegistered(node: string, signal: AbortSignal): Promise<boolean>;
  /** Does nothing for a registered node. */
  register(node: string, signal: AbortSignal): Promise<void>;
  /** Does nothing for a node that is not registered. */
  remove(node: string, signal: AbortSignal): Promise<void>;
  /** Fails for a node that is not registered. */
  status(node: string, signal: AbortSignal): Promise<NodeStatus>;
  /** Why the node cannot take work, in words; undefined when it can. */
  unready(node: string, signal: AbortSignal): Promise<string | undefined>;
}
