import { isIP } from 'node:net';
import { AppError } from '../lib/errors.ts';
import type { Reader, Transaction } from '../store/contract.ts';
import { hostNameRecords, hostRecords } from './collections.ts';

/**
 * The names of hosts. A name stands for the address of its host wherever a caller names a host. Names and addresses
 * share one space: no host has a name that is another host's name or address. Records, events and operations always
 * hold the address.
 */

/**
 * The address of the host that a caller names, by its address or its name. A text that is no name stays as it is.
 *
 * @param text an address in its canonical spelling; names have the same
 */
export async function addressOf(reader: Pick<Reader, 'get'>, text: string): Promise<string> {
  if (isIP(text) !== 0) return text;
  return (await reader.get(hostNameRecords, text))?.value.address ?? text;
}

/**
 * Gives a host its name, or none. The caller writes the record of the host.
 *
 * @param before the name it had
 * @throws AppError `name_taken`
 */
export async function changeName(
  tx: Transaction,
  address: string,
  name: string | undefined,
  before: string | undefined,
): Promise<void> {
  if (name === before) return;
  if (name !== undefined) await claim(tx, address, name);
  releaseName(tx, before);
}

/** Makes the name of a host that leaves free for another one. */
export function releaseName(tx: Transaction, name: string | undefined): void {
  if (name !== undefined) tx.delete(hostNameRecords, name);
}

/** @throws AppError `name_taken` when the address of a new host is the name of another one */
export async function checkAddressIsNoName(tx: Pick<Reader, 'get'>, address: string): Promise<void> {
  const owner = isIP(address) === 0 ? await tx.get(hostNameRecords, address) : undefined;
  if (owner === undefined || owner.value.address === address) return;
  throw new AppError('name_taken', `${address} is the name of another host, and cannot be the address of a new one`, {
    hint: `register it by its IP address, or free the name first with \`commctl host rename --remove ${address}\``,
    details: { member: '/address' },
  });
}

async function claim(tx: Transaction, address: string, name: string): Promise<void> {
  if (name === address) {
    throw new AppError('invalid_name', `${name} is the address of the host already`, {
      hint: 'leave out the name, or give the host another one',
      details: { member: '/name' },
    });
  }
  const owner = await tx.get(hostNameRecords, name);
  if (owner !== undefined && owner.value.address !== address) throw taken(name, 'name', '--remove ');
  if ((await tx.get(hostRecords, name)) !== undefined) throw taken(name, 'address', undefined);
  tx.put(hostNameRecords, name, { address });
}

/** The caller may not be allowed to see the other host, so nothing else is said about it. */
function taken(name: string, what: 'name' | 'address', free: string | undefined): AppError {
  const way = free === undefined ? '' : `, or free the name first with \`commctl host rename ${free}${name}\``;
  return new AppError('name_taken', `${name} is the ${what} of another host`, {
    hint: `choose another name${way}`,
    details: { member: '/name' },
  });
}
