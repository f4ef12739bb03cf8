import { type CryptoKey, exportJWK, generateKeyPair, importJWK, type JWK } from 'jose';
import { type Clock, parseTimestamp, timestamp } from '../../lib/clock.ts';
import type { IdSource } from '../../lib/ids.ts';
import { TwiceExpired } from '../../lib/twice-expired.ts';
import { records, type Store, sealedRecords, type Transaction } from '../../store/contract.ts';
import { tokenRecords } from './token.ts';

interface StoredKey {
  readonly id: string;
  /** The private key (RFC 8037). */
  readonly jwk: JWK;
  readonly created_at: string;
  /** Empty of the one that signs. */
  readonly retired_at: string;
}

/** By id. */
export const tokenKeyRecords = sealedRecords<StoredKey>('token-keys');
/** Under `id`: what tells the tokens of this data directory from those of others. */
export const tokenIssuerRecords = records<string>('token-issuer');

/** Signatures by EdDSA over Curve25519 (RFC 8037); nothing else is made or believed. */
export const algorithm = 'EdDSA';

/** Longer than any session lives without being renewed: what a key has signed for one is not written down. */
const leastRetirementMs = 2 * 3_600_000;

export interface SigningKey {
  readonly id: string;
  readonly key: CryptoKey;
}

interface LoadedKey {
  readonly stored: StoredKey;
  readonly signing: CryptoKey;
  readonly verifying: CryptoKey;
}

export interface KeysOptions {
  readonly store: Store;
  readonly clock: Clock;
  readonly newId: IdSource;
}

/** What a rotation has come to. */
export interface Rotation {
  /** Id of the key that signs from now on. */
  readonly key: string;
  /** Those that tokens are still verified with. */
  readonly retired: readonly string[];
}

/** The keys that sign tokens: one that does, and those before it for as long as a token of theirs may be around. */
export class TokenKeys {
  readonly #options: KeysOptions;
  readonly #loaded = new Map<string, LoadedKey>();
  readonly #expired: TwiceExpired;
  /** `iss` and `aud` of every token. */
  readonly issuer: string;

  /** Reads the keys there are; makes the first one. @throws AppError `store_unusable` */
  static async open(options: KeysOptions): Promise<TokenKeys> {
    const { store } = options;
    const known = (await store.get(tokenIssuerRecords, 'id'))?.value;
    const issuer = known ?? `urn:commissaire:${crypto.randomUUID()}`;
    if (known === undefined) await store.transact(async (tx) => tx.put(tokenIssuerRecords, 'id', issuer));
    const keys = new TokenKeys(options, issuer);
    for (const { value } of await store.all(tokenKeyRecords)) keys.#loaded.set(value.id, await load(value));
    if (keys.#newest() === undefined) await keys.#begin();
    return keys;
  }

  private constructor(options: KeysOptions, issuer: string) {
    this.#options = options;
    this.#expired = new TwiceExpired(options.clock);
    this.issuer = issuer;
  }

  get current(): SigningKey {
    const newest = this.#newest();
    if (newest === undefined) throw new Error('there is no key to sign tokens with');
    return { id: newest.stored.id, key: newest.signing };
  }

  /** The public half; undefined for a key that is not there any more. */
  verifying(id: string): CryptoKey | undefined {
    return this.#loaded.get(id)?.verifying;
  }

  /** The first key, of which nobody need be told. */
  async #begin(): Promise<void> {
    const { store, clock, newId } = this.#options;
    const made = await load(await makeKey(newId(), timestamp(clock.now())));
    await store.transact(async (tx) => tx.put(tokenKeyRecords, made.stored.id, made.stored));
    this.#loaded.set(made.stored.id, made);
  }

  /** Makes the key that signs from now on; those that no living token can be of any more are removed. */
  async rotate(): Promise<Rotation> {
    const { store, clock, newId } = this.#options;
    const made = await load(await makeKey(newId(), timestamp(clock.now())));
    const { id, created_at } = made.stored;
    const useless = await this.#useless();
    const retired = await store.transact(async (tx) => {
      const kept = await this.#retire(tx, created_at, useless);
      tx.put(tokenKeyRecords, id, made.stored);
      tx.emit({ type: 'token_key', action: 'rotated', key: id, data: { retired: kept.map((key) => key.id) } });
      return kept;
    });
    for (const gone of useless) this.#loaded.delete(gone);
    for (const stored of retired) this.#loaded.set(stored.id, await load(stored));
    this.#loaded.set(id, made);
    return { key: id, retired: retired.map((key) => key.id) };
  }

  async #retire(tx: Transaction, at: string, useless: ReadonlySet<string>): Promise<StoredKey[]> {
    const kept: StoredKey[] = [];
    for (const { stored } of this.#loaded.values()) {
      if (useless.has(stored.id)) tx.delete(tokenKeyRecords, stored.id);
      else kept.push({ ...stored, retired_at: stored.retired_at === '' ? at : stored.retired_at });
    }
    for (const key of kept) tx.put(tokenKeyRecords, key.id, key);
    return kept;
  }

  /** Removes the keys that were retired and whose last token has expired, for certain. */
  async prune(): Promise<void> {
    const useless = await this.#useless();
    if (useless.size === 0) return;
    await this.#options.store.transact(async (tx) => {
      for (const id of useless) tx.delete(tokenKeyRecords, id);
    });
    for (const id of useless) this.#loaded.delete(id);
  }

  async #useless(): Promise<ReadonlySet<string>> {
    const { store, clock } = this.#options;
    const now = clock.now().getTime();
    const tokens = await store.all(tokenRecords);
    const living = tokens.filter(({ value }) => parseTimestamp(value.expires_at) > now);
    const used = new Set(living.map(({ value }) => value.key));
    const useless = [...this.#loaded.values()].filter(({ stored: { id, retired_at } }) => {
      return retired_at !== '' && parseTimestamp(retired_at) + leastRetirementMs <= now && !used.has(id);
    });
    return this.#expired.look(useless.map(({ stored }) => stored.id));
  }

  #newest(): LoadedKey | undefined {
    return [...this.#loaded.values()].find(({ stored }) => stored.retired_at === '');
  }
}

async function makeKey(id: string, created_at: string): Promise<StoredKey> {
  const { privateKey } = await generateKeyPair(algorithm, { extractable: true });
  return { id, jwk: await exportJWK(privateKey), created_at, retired_at: '' };
}

async function load(stored: StoredKey): Promise<LoadedKey> {
  const { d: _, ...publicHalf } = stored.jwk;
  return { stored, signing: await importKey(stored.jwk), verifying: await importKey(publicHalf) };
}

async function importKey(jwk: JWK): Promise<CryptoKey> {
  const key = await importJWK(jwk, algorithm);
  if (key instanceof Uint8Array) throw new Error('a key that signs tokens is no key pair');
  return key;
}
