import type { Transaction } from '../store/contract.ts';
import { type NodeOf, unsettledNodes } from './collections.ts';

/** Writes down that a node may not be as the membership of its host says. */
export function markUnsettled(tx: Transaction, node: NodeOf): void {
  tx.put(unsettledNodes, keyOf(node), node);
}

/** Writes down that it is. One that has no mark is not written. */
export async function clearMark(tx: Transaction, node: NodeOf): Promise<void> {
  if (await isMarked(tx, node)) tx.delete(unsettledNodes, keyOf(node));
}

export async function isMarked(reading: Pick<Transaction, 'get'>, node: NodeOf): Promise<boolean> {
  return (await reading.get(unsettledNodes, keyOf(node))) !== undefined;
}

function keyOf({ manager, address }: NodeOf): string {
  return `${manager}/${address}`;
}
