import type { Transaction } from '../store/contract.ts';
import { type NodeOf, unsettledNodes } from './collections.ts';

/** Records that a node may differ from the membership of its host. */
export function markUnsettled(tx: Transaction, node: NodeOf): void {
  tx.put(unsettledNodes, keyOf(node), node);
}

/** Removes that mark. Does not write when there is none. */
export async function clearMark(tx: Transaction, node: NodeOf): Promise<void> {
  if (await isMarked(tx, node)) tx.delete(unsettledNodes, keyOf(node));
}

export async function isMarked(reading: Pick<Transaction, 'get'>, node: NodeOf): Promise<boolean> {
  return (await reading.get(unsettledNodes, keyOf(node))) !== undefined;
}

function keyOf({ manager, address }: NodeOf): string {
  return `${manager}/${address}`;
}
