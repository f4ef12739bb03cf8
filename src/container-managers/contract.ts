/** What a container manager says of a node, as it says it. */
export type NodeStatus = Record<string, unknown>;

/**
 * Something that hosts are nodes of. A node goes by the address of its host. Every call has a deadline of its own, and
 * throws the reason of the signal when that fires first.
 *
 * All throw AppError `container_manager_failed`, which says what was attempted, on which manager, and what to do.
 */
export interface ContainerManager {
  isRegistered(node: string, signal: AbortSignal): Promise<boolean>;
  /** One that is registered already stays as it is. */
  register(node: string, signal: AbortSignal): Promise<void>;
  /** One that is not registered is removed already. */
  remove(node: string, signal: AbortSignal): Promise<void>;
  /** Of a node that is not registered there is none, and that is a failure. */
  status(node: string, signal: AbortSignal): Promise<NodeStatus>;
  /** Why the node cannot take work, in words; undefined when it can. */
  unready(node: string, signal: AbortSignal): Promise<string | undefined>;
}
