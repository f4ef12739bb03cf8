import { type CryptoKey, exportJWK, generateKeyPair, importJWK, type JWK } from 'jose';
import { type Clock, parseTimestamp, timestamp } from '../../lib/clock.ts';
import type { IdSource } from '../../lib/ids.ts';
import { TwiceExpired } from '../../lib/twice-expired.ts';
import type { CachingStore } from '../../store/cached.ts';
import { type Entry, type Reader, records, sealedRecords } from '../../store/contract.ts';
import { tokenRecords } from './token.ts';

interface StoredKey {
  readonly id: string;
  /** The private key (RFC 8037). */
  readonly jwk: JWK;
  readonly created_at: string;
  /** Empty for the key that signs. */
  readonly retired_at: string;
}

/** By id. */
export const tokenKeyRecords = sealedRecords<StoredKey>('token-keys');
/** Under `id`: distinguishes the tokens of this data directory from those of others. */
export const tokenIssuerRecords = records<string>('token-issuer');

/** Signatures by EdDSA over Curve25519 (RFC 8037); the server makes and accepts no others. */
export const algorithm = 'EdDSA';

/** Longer than any session lives without a renewal: the server does not record which sessions a key has signed. */
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
  readonly store: CachingStore;
  readonly clock: Clock;
  readonly newId: IdSource;
}

/** The result of a rotation. */
export interface Rotation {
  /** Id of the key that signs from now on. */
  readonly key: string;
  /** Retired keys that still verify tokens. */
  readonly retired: readonly string[];
}

/**
 * The keys of tokens: one that signs, and earlier ones as long as their tokens may be in use. The stored keys decide
 * which one signs; the loaded keys only follow.
 */
export class TokenKeys {
  readonly #options: KeysOptions;
  readonly #expired: TwiceExpired;
  #loaded: ReadonlyMap<string, LoadedKey> = new Map();
  #loading: Promise<void> = Promise.resolve();
  /** `iss` and `aud` of every token. */
  readonly issuer: string;

  /** Reads the stored keys, and makes the first one. @throws AppError `store_unusable` */
  static async open(options: KeysOptions): Promise<TokenKeys> {
    const { store, clock, newId } = options;
    const issuer = await store.transact(async (tx) => {
      const known = (await tx.get(tokenIssuerRecords, 'id'))?.value;
      const id = known ?? `urn:commissaire:${crypto.randomUUID()}`;
      if (known === undefined) tx.put(tokenIssuerRecords, 'id', id);
      if ((await storedKeys(tx)).some(({ value }) => signs(value))) return id;
      // The first key needs no event.
      const made = await makeKey(newId(), timestamp(clock.now()));
      tx.put(tokenKeyRecords, made.id, made);
      return id;
    });
    const keys = new TokenKeys(options, issuer);
    await keys.#load();
    return keys;
  }

  private constructor(options: KeysOptions, issuer: string) {
    this.#options = options;
    this.#expired = new TwiceExpired(options.clock);
    this.issuer = issuer;
  }

  get current(): SigningKey {
    const newest = [...this.#loaded.values()].find(({ stored }) => signs(stored));
    if (newest === undefined) throw new Error('there is no key to sign tokens with');
    return { id: newest.stored.id, key: newest.signing };
  }

  /** The key with that id, if it is loaded. @throws Error when it does not exist any more */
  signing(id: string): SigningKey {
    const known = this.#loaded.get(id);
    if (known === undefined) throw new Error(`the key ${id} to sign tokens with is not there any more`);
    return { id, key: known.signing };
  }

  /** The public half; undefined for a key that does not exist any more. */
  verifying(id: string): CryptoKey | undefined {
    return this.#loaded.get(id)?.verifying;
  }

  /**
   * Makes the key that signs from now on, and removes the keys that no living token can have. Of two concurrent
   * rotations the second one retires the key of the first.
   *
   * @throws AppError `conflict`, `store_full`
   */
  async rotate(): Promise<Rotation> {
    const { store, clock, newId } = this.#options;
    const made = await makeKey(newId(), timestamp(clock.now()));
    const useless = await this.#useless();
    const retired = await store.transact(async (tx) => {
      const kept: string[] = [];
      for (const { key, value } of await storedKeys(tx)) {
        if (!signs(value) && useless.has(key)) tx.delete(tokenKeyRecords, key);
        else kept.push(key);
        if (signs(value)) tx.put(tokenKeyRecords, key, { ...value, retired_at: made.created_at });
      }
      tx.put(tokenKeyRecords, made.id, made);
      tx.emit({ type: 'token_key', action: 'rotated', key: made.id, data: { retired: kept } });
      return kept;
    });
    await this.#load();
    return { key: made.id, retired };
  }

  /** Removes retired keys whose last token has expired for certain. */
  async prune(): Promise<void> {
    const useless = await this.#useless();
    if (useless.size === 0) return;
    await this.#options.store.transact(async (tx) => {
      for (const id of useless) tx.delete(tokenKeyRecords, id);
    });
    await this.#load();
  }

  /** Loaded keys are good enough: a retired key stays retired. */
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

  /**
   * Loads the stored keys, one load after another: the last one includes everything that was written before it was
   * requested.
   */
  #load(): Promise<void> {
    const load = this.#loading.then(async () => {
      // In one transaction: a rotation during the read could otherwise hide the key that signs.
      const stored = await this.#options.store.transact(storedKeys);
      const keys = await Promise.all(stored.map(({ value }) => this.#loadedKey(value)));
      this.#loaded = new Map(keys.map((key) => [key.stored.id, key]));
    });
    // The caller gets the failure; the next call tries again.
    this.#loading = load.catch(() => undefined);
    return load;
  }

  async #loadedKey(stored: StoredKey): Promise<LoadedKey> {
    const known = this.#loaded.get(stored.id);
    return known === undefined ? load(stored) : { ...known, stored };
  }
}

function storedKeys(reader: Pick<Reader, 'list'>): Promise<Entry<StoredKey>[]> {
  return Array.fromAsync(reader.list(tokenKeyRecords));
}

/** Whether this is the key that signs. */
function signs({ retired_at }: StoredKey): boolean {
  return retired_at === '';
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
