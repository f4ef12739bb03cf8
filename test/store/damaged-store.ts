import { type AnyCollection, byteChunks, type KeyedStore, records, sealedRecords } from '../../src/store/contract.ts';
import { UnreadableRecord } from '../../src/store/unreadable-record.ts';
import { stored } from '../support/stored.ts';

interface Text {
  text: string;
}
const hosts = records<Text>('hosts');
const scripts = records<Text>('scripts');
const secrets = sealedRecords<Text>('secrets');
const chunks = byteChunks('chunks');

/** Of every form, one with pages that branch, one with values that have pages of their own. */
export const damagedCollections: readonly AnyCollection[] = [hosts, scripts, secrets, chunks];

/** Fills a store so that it has pages of every kind, some of them free. */
export async function fill(store: KeyedStore): Promise<void> {
  for (let round = 0; round < 6; round += 1) {
    await store.transact(async (tx) => {
      for (let n = 0; n < 20; n += 1) tx.put(hosts, `192.0.2.${round * 20 + n}`, { text: 'h'.repeat(100 + n) });
      tx.put(scripts, `script-${round}`, { text: 's'.repeat(20_000) });
      tx.put(secrets, `secret-${round}`, { text: 'k'.repeat(40 + round) });
      tx.keep(chunks, `chunk-${round}`, new Uint8Array(100).fill(round));
      tx.emit({ type: 'host', action: 'created', key: String(round) });
    });
  }
  for (const round of [1, 2, 3, 4]) {
    await store.transact(async (tx) => {
      tx.delete(scripts, `script-${round}`);
      for (let n = 0; n < 10; n += 1) tx.delete(hosts, `192.0.2.${round * 20 + n}`);
    });
  }
}

/** Takes pages that are free, and gives others back. */
export async function writeMore(store: KeyedStore): Promise<void> {
  await store.transact(async (tx) => {
    tx.delete(scripts, 'script-0');
    for (let n = 0; n < 20; n += 1) tx.delete(hosts, `192.0.2.${n}`);
    for (const n of [0, 1, 2]) tx.put(scripts, `more-${n}`, { text: 'm'.repeat(9_000) });
  });
}

type Content = Record<string, Record<string, unknown>> & { events?: Record<string, unknown> };

/** All that can be read, by collection and key; an error in place of a record that cannot. */
export async function contentOf(store: KeyedStore, known: Content = {}): Promise<Content> {
  const content: Content = {};
  for (const collection of damagedCollections) content[collection.name] = await recordsOf(store, collection, known);
  content.events = { all: await store.events.read(0, 1_000), ...(await store.events.bounds()) };
  return content;
}

async function recordsOf(store: KeyedStore, collection: AnyCollection, known: Content) {
  const found: Record<string, unknown> = {};
  try {
    for await (const { key, value } of stored(store, collection)) found[key] = plain(value);
    return found;
  } catch (error) {
    if (!(error instanceof UnreadableRecord)) throw error;
  }
  // One that cannot be read ends the list: the others are read one by one.
  for (const key of Object.keys(known[collection.name] ?? {})) {
    try {
      found[key] = plain(await storedUnder(store, collection, key));
    } catch (error) {
      if (!(error instanceof UnreadableRecord)) throw error;
      found[key] = error;
    }
  }
  return found;
}

async function storedUnder(store: KeyedStore, collection: AnyCollection, key: string): Promise<unknown> {
  if (collection.form !== 'bytes') return (await store.get(collection, key))?.value;
  const [chunk] = await Array.fromAsync(store.chunks.list(collection, { prefix: key, limit: 1 }));
  return chunk?.key === key ? chunk.bytes : undefined;
}

function plain(value: unknown): unknown {
  return value instanceof Uint8Array ? [...value] : value;
}
