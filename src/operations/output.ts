import type { Store } from '../store/contract.ts';
import { operationHostKey, operationHostRecords, outputChunks, outputKey } from './records.ts';

export interface OutputSlice {
  bytes: Uint8Array;
  /** Where to read on. */
  next: number;
  /** True when the host has ended and nothing comes after `next`. */
  complete: boolean;
}

const sliceBytes = 1024 * 1024;

/** What a machine printed in an operation, from an offset on; about a mebibyte at a time. Undefined for a host not in it. */
export async function readOutput(
  store: Store,
  id: string,
  address: string,
  offset: number,
): Promise<OutputSlice | undefined> {
  const host = (await store.get(operationHostRecords, operationHostKey(id, address)))?.value;
  if (host === undefined) return undefined;
  const chunks: Uint8Array[] = [];
  let next = offset;
  for await (const { key, value } of store.list(outputChunks, await rangeFrom(store, id, address, offset))) {
    const start = Number(key.slice(key.lastIndexOf('/') + 1));
    chunks.push(value.subarray(Math.max(0, next - start)));
    // Never back: past what is kept there is nothing, and the reader stays where it is.
    next = Math.max(next, start + value.length);
    if (next - offset >= sliceBytes) break;
  }
  const bytes = Buffer.concat(chunks);
  const atEnd = bytes.length === 0 || next >= host.output_bytes;
  return { bytes, next, complete: atEnd && host.finished_at !== '' };
}

/** Begins with the chunk that holds the offset. */
async function rangeFrom(store: Store, id: string, address: string, offset: number) {
  const prefix = `${id}/${address}/`;
  const past = outputKey(id, address, offset + 1);
  const holding = await Array.fromAsync(store.list(outputChunks, { prefix, after: past, reverse: true, limit: 1 }));
  return { prefix, from: holding[0]?.key ?? outputKey(id, address, offset) };
}
