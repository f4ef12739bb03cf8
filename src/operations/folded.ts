import { createHash } from 'node:crypto';
import { type Static, Type as t } from '@sinclair/typebox';
import { naturalOrder } from '../lib/natural-order.ts';
import { foldNodeSet } from '../lib/node-set.ts';
import type { Store } from '../store/contract.ts';
import type { HostRecord, OperationState } from './fold.ts';
import { HostState } from './operation.ts';
import { checkStillThere, operationHostKey, operationHostRecords, outputChunks } from './records.ts';

/** Machines that ended alike: with the same state, exit code, error and output. */
export const FoldedGroup = t.Object({
  hosts: t.String({ description: 'The machines as a node set, such as node[1-40,42]' }),
  count: t.Integer(),
  state: HostState,
  exit_code: t.Union([t.Integer(), t.Null()]),
  error: t.String({ description: 'Code of the error; empty when there is none' }),
  output: t.String({
    description: 'What each of them printed, up to 64 KiB, and less where very many printed different things',
  }),
  truncated: t.Boolean(),
  log_removed: t.Boolean({
    description: 'Whether they printed something, alike or not, that was removed to make room',
  }),
});
export type FoldedGroup = Static<typeof FoldedGroup>;

type OutputReader = Pick<Store, 'get' | 'chunks'>;

const shownBytes = 64 * 1024;
/** The bound for all groups together; each group has an equal share of it. */
const allShownBytes = 8 * 1024 * 1024;
const leastShownBytes = 256;

/**
 * The machines of an operation, those with identical output as one group, the smallest groups first. Outputs without a
 * digest in the record are hashed chunk by chunk and never held whole; the output of one machine per group is read.
 *
 * @throws AppError `operation_not_found`
 */
export async function foldedOutput(
  reader: OutputReader,
  { operation: { id }, hosts }: OperationState,
): Promise<FoldedGroup[]> {
  const groups = new Map<string, HostRecord[]>();
  for (const host of hosts.values()) {
    const digest = await digestOf(reader, id, host);
    const key = [host.state, host.exit_code, host.error?.code, digest ?? 'removed'].join(' ');
    const alike = groups.get(key);
    if (alike === undefined) groups.set(key, [host]);
    else alike.push(host);
  }
  const bytes = Math.max(leastShownBytes, Math.min(shownBytes, Math.floor(allShownBytes / groups.size)));
  const folded: FoldedGroup[] = [];
  for (const alike of groups.values()) folded.push(await groupOf(reader, { id, alike, bytes }));
  await checkStillThere(reader, id);
  return folded.toSorted((a, b) => a.count - b.count || naturalOrder(a.hosts, b.hosts));
}

/** Undefined when the log was removed. */
async function digestOf(reader: OutputReader, id: string, host: HostRecord): Promise<string | undefined> {
  if (host.output_bytes === 0) return '';
  if (host.log_removed_at !== undefined) return undefined;
  if (host.output_digest !== undefined) return host.output_digest;
  const hash = createHash('sha256');
  for await (const { bytes } of reader.chunks.list(outputChunks, { prefix: `${id}/${host.address}/` }))
    hash.update(bytes);
  return (await isRemoved(reader, id, host)) ? undefined : hash.digest('base64');
}

interface Group {
  id: string;
  alike: readonly HostRecord[];
  /** The number of bytes shown of their output. */
  bytes: number;
}

async function groupOf(reader: OutputReader, { id, alike, bytes }: Group): Promise<FoldedGroup> {
  const [first] = alike;
  if (first === undefined) throw new Error('a group has at least one host');
  const beginning = await beginningOf(reader, id, first, bytes);
  const log_removed = await isRemoved(reader, id, first);
  return {
    hosts: foldNodeSet(alike.map(({ address }) => address)),
    count: alike.length,
    state: first.state,
    exit_code: first.exit_code,
    error: first.error?.code ?? '',
    ...(log_removed ? { output: '', truncated: true } : beginning),
    log_removed,
  };
}

async function beginningOf(
  reader: OutputReader,
  id: string,
  host: HostRecord,
  bytes: number,
): Promise<{ output: string; truncated: boolean }> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of reader.chunks.list(outputChunks, { prefix: `${id}/${host.address}/` })) {
    chunks.push(chunk.bytes);
    size += chunk.bytes.length;
    if (size >= bytes) break;
  }
  const output = Buffer.concat(chunks).subarray(0, bytes).toString('utf8');
  return { output, truncated: host.output_bytes > Math.min(size, bytes) };
}

/** Called after the chunks were read: they may have been removed meanwhile. */
async function isRemoved(reader: OutputReader, id: string, { address }: HostRecord): Promise<boolean> {
  const host = (await reader.get(operationHostRecords, operationHostKey(id, address)))?.value;
  return host?.log_removed_at !== undefined;
}
