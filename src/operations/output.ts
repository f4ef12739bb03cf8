import { AppError } from '../lib/errors.ts';
import type { Store } from '../store/contract.ts';
import { operationHostKey, operationHostRecords, outputChunks, outputKey } from './records.ts';

export interface OutputSlice {
  bytes: Uint8Array;
  /** The offset to read from next. */
  next: number;
  /** True when the host has ended and nothing comes after `next`. */
  complete: boolean;
}

const sliceBytes = 1024 * 1024;

/**
 * Output of a machine in an operation, from an offset on, about a mebibyte at a time. Undefined for a host not in it.
 *
 * @throws AppError `log_removed`
 */
export async function readOutput(
  store: Store,
  id: string,
  address: string,
  offset: number,
): Promise<OutputSlice | undefined> {
  const key = operationHostKey(id, address);
  const host = (await store.get(operationHostRecords, key))?.value;
  if (host === undefined) return undefined;
  const parts: Uint8Array[] = [];
  let next = offset;
  for await (const { key: chunk, bytes } of store.chunks.list(
    outputChunks,
    await rangeFrom(store, id, address, offset),
  )) {
    const start = Number(chunk.slice(chunk.lastIndexOf('/') + 1));
    parts.push(bytes.subarray(Math.max(0, next - start)));
    // Never goes back: after the end of the stored output there is nothing to read, and the reader stays where it is.
    next = Math.max(next, start + bytes.length);
    if (next - offset >= sliceBytes) break;
  }
  // Checked last: the chunks may have been removed while they were read.
  const removedAt = (await store.get(operationHostRecords, key))?.value.log_removed_at;
  if (removedAt !== undefined) throw logRemoved(id, address, removedAt);
  const bytes = Buffer.concat(parts);
  const atEnd = bytes.length === 0 || next >= host.output_bytes;
  return { bytes, next, complete: atEnd && host.finished_at !== '' };
}

/** Starts with the chunk that holds the offset. */
async function rangeFrom(store: Store, id: string, address: string, offset: number) {
  const prefix = `${id}/${address}/`;
  const past = outputKey(id, address, offset + 1);
  const holding = await Array.fromAsync(
    store.chunks.list(outputChunks, { prefix, after: past, reverse: true, limit: 1 }),
  );
  return { prefix, from: holding[0]?.key ?? outputKey(id, address, offset) };
}

function logRemoved(id: string, address: string, removedAt: string): AppError {
  return new AppError('log_removed', `the log of ${address} in the operation ${id} was removed at ${removedAt}`, {
    hint: 'it made room for newer ones, see the option log-limit of the server; what became of the host is in the record',
    details: { removed_at: removedAt },
  });
}
