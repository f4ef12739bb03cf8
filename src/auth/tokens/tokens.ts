import { type Clock, parseTimestamp, timestamp } from '../../lib/clock.ts';
import { AppError } from '../../lib/errors.ts';
import type { IdSource } from '../../lib/ids.ts';
import { type Selected, type Selection, select } from '../../lib/selection.ts';
import { TwiceExpired } from '../../lib/twice-expired.ts';
import type { CachingStore } from '../../store/cached.ts';
import type { Transaction } from '../../store/contract.ts';
import type { Identity } from '../authenticator.ts';
import type { Grant } from '../grant.ts';
import { endsOf } from './ends.ts';
import type { Rotation, TokenKeys } from './keys.ts';
import { after, earlier, lifetimes } from './lifetimes.ts';
import { livingToken, revokedAt } from './living-token.ts';
import { wider } from './requested-grants.ts';
import { signToken } from './signed.ts';
import { type Token, type TokenRecord, tokenRecords } from './token.ts';
import type { Wanted } from './wanted.ts';
import { writtenGrant } from './written-grant.ts';

export interface Minted extends Token {
  /** Shown only once: it is not stored. */
  token: string;
  /** Seconds, for clients whose clock differs. */
  expires_in: number;
}

export interface TokensOptions {
  readonly store: CachingStore;
  readonly keys: TokenKeys;
  readonly clock: Clock;
  readonly newId: IdSource;
}

/**
 * The number of living tokens of one owner, and of ended ones that are still shown. Every caller may mint, and the
 * store has a bound.
 */
const mostOfOwner = 1_000;
/** The number of tokens of one owner that are not revoked, including expired ones, which are kept for an hour. */
const mostKept = 10_000;
/** The longest lineage of a token. */
const deepest = 16;
/** How long an ended token is still shown. */
const remembranceMs = 24 * 3_600_000;

/** Mints, renews, revokes and lists tokens. */
export class Tokens {
  readonly #store: CachingStore;
  readonly #keys: TokenKeys;
  readonly #clock: Clock;
  readonly #newId: IdSource;
  readonly #expired: TwiceExpired;

  constructor({ store, keys, clock, newId }: TokensOptions) {
    this.#store = store;
    this.#keys = keys;
    this.#clock = clock;
    this.#newId = newId;
    this.#expired = new TwiceExpired(clock);
  }

  /**
   * Mints a token with these grants, which must be within the caller's (`requestedGrants`). A token that is minted with
   * another one ends with it at the latest: when that one is revoked, and when that one could live no longer.
   *
   * @throws AppError `wider_than_own`, `too_many_tokens`, `credentials_refused` when the caller's own token has just ended
   */
  async mint(wanted: Wanted, grants: readonly Grant[], { identity }: { identity: Identity }): Promise<Minted> {
    if (wanted.kind === 'session' && identity.token?.kind === 'automation') {
      throw wider('a session is of somebody who has logged in', 'ask for a token of the kind automation');
    }
    const now = this.#clock.now();
    const id = this.#newId();
    const record = await this.#store.transact(async (tx) => {
      const parent = identity.token && (await livingToken(tx, identity.token.id, now));
      const minted = {
        id,
        kind: wanted.kind,
        owner: identity.name,
        method: identity.method,
        note: wanted.note,
        grants: grants.map(writtenGrant),
        lineage: lineageBelow(parent),
        created_at: timestamp(now),
        ...endsOf(wanted, now, parent),
        revoked_at: '',
        registration:
          wanted.kind === 'registration' ? { cluster: wanted.cluster, max_hosts: wanted.maxHosts, hosts: [] } : null,
        subjects: [...identity.subjects],
        ...(identity.grants === undefined ? {} : { ownerGrants: identity.grants.map(writtenGrant) }),
        key: this.#keys.current.id,
      };
      await this.#makeRoom(tx, identity.name, now);
      tx.put(tokenRecords, id, minted);
      const data = { by: identity.name, kind: wanted.kind, expires_at: minted.expires_at };
      tx.emit({ type: 'token', action: 'created', key: id, data });
      return minted;
    });
    await this.#keys.prune();
    return this.#signed(record, now);
  }

  /**
   * Renews the caller's session, which keeps its id and its grants. The previous token text stays valid until it
   * expires.
   *
   * @throws AppError `not_renewable`, `credentials_refused` when the session has just ended
   */
  async renew(id: string, seconds: number = lifetimes.session.otherwise): Promise<Minted> {
    const now = this.#clock.now();
    const record = await this.#store.transact(async (tx) => {
      const token = await livingToken(tx, id, now);
      if (token.kind !== 'session') throw notRenewable();
      const renewed = {
        ...token,
        expires_at: earlier(timestamp(after(now.getTime(), seconds)), token.ends_at),
        key: this.#keys.current.id,
      };
      tx.put(tokenRecords, id, renewed);
      return renewed;
    });
    return this.#signed(record, now);
  }

  /** The tokens that the caller may see, newest first, unless the selection says otherwise. */
  async select(selection: Selection, isVisible: (token: Token) => boolean): Promise<Selected<Token>> {
    const records = (await this.#store.all(tokenRecords)).map(({ value }) => value).toReversed();
    const byId = new Map(records.map((record) => [record.id, record]));
    const shown = records.map((record) => shownToken(record, revokedAt(record, byId)));
    return select(shown, selection, isVisible);
  }

  /** The revision of the last change to any token. */
  revision(): Promise<number> {
    return this.#store.revisionOf(tokenRecords);
  }

  /** Undefined when no token has that id (any more). */
  async find(id: string): Promise<Token | undefined> {
    const record = (await this.#store.get(tokenRecords, id))?.value;
    if (record === undefined) return undefined;
    const ancestors = await Promise.all(record.lineage.map((each) => this.#store.get(tokenRecords, each)));
    const byId = new Map(ancestors.flatMap((entry) => (entry === undefined ? [] : [[entry.key, entry.value]])));
    return shownToken(record, revokedAt(record, byId));
  }

  /**
   * Revokes a token, and all tokens minted with it, at once. A second call changes nothing. @throws AppError
   * `token_not_found`
   */
  async revoke(id: string, by: string): Promise<Token> {
    const at = timestamp(this.#clock.now());
    await this.#store.transact(async (tx) => {
      const record = (await tx.get(tokenRecords, id))?.value;
      if (record === undefined) throw tokenNotFound(id);
      revokeIn(tx, record, { at, by });
    });
    const revoked = await this.find(id);
    if (revoked === undefined) throw tokenNotFound(id);
    return revoked;
  }

  /** Revokes all tokens of an owner that the caller may revoke. Returns how many were revoked. */
  async revokeAll(owner: string, by: string, isTouchable: (token: Token) => boolean): Promise<number> {
    const now = this.#clock.now();
    const at = timestamp(now);
    return this.#store.transact(async (tx) => {
      const living = (await this.#store.all(tokenRecords)).filter(({ value }) => {
        return value.owner === owner && value.revoked_at === '' && !isOver(value, now) && isTouchable(value);
      });
      let count = 0;
      for (const { key } of living) {
        const record = (await tx.get(tokenRecords, key))?.value;
        if (record !== undefined && revokeIn(tx, record, { at, by })) count += 1;
      }
      return count;
    });
  }

  /** @throws AppError `conflict`, `store_full` */
  async rotateKeys(): Promise<Rotation> {
    return this.#keys.rotate();
  }

  async #signed(record: TokenRecord, now: Date): Promise<Minted> {
    const until = new Date(parseTimestamp(record.expires_at));
    // With the key that the record names, not with a newer one: a key is kept for the tokens whose records name it.
    const by = this.#keys.signing(record.key);
    const token = await signToken(record, this.#keys, { from: now, until, by });
    const expires_in = Math.max(0, Math.floor((until.getTime() - now.getTime()) / 1000));
    return { ...shownToken(record, ''), token, expires_in };
  }

  /**
   * Deletes tokens that ended long ago, and the oldest ended tokens of an owner who has very many: that bounds the size
   * of all tokens. Tokens that have not expired for certain stay, as the clock may be wrong for a moment.
   *
   * @throws AppError `too_many_tokens`
   */
  async #makeRoom(tx: Transaction, owner: string, now: Date): Promise<void> {
    const all = await this.#store.all(tokenRecords);
    const isExpired = ({ expires_at }: TokenRecord) => parseTimestamp(expires_at) <= now.getTime();
    const certain = this.#expired.look(all.filter(({ value }) => isExpired(value)).map(({ key }) => key));
    const kept: TokenRecord[] = [];
    const ended: string[] = [];
    for (const { key, value } of all) {
      const endedLongAgo = parseTimestamp(value.ends_at) + remembranceMs < now.getTime();
      if (endedLongAgo && certain.has(key)) tx.delete(tokenRecords, key);
      else if (value.owner !== owner) continue;
      else if (value.revoked_at !== '' || certain.has(key)) ended.push(key);
      else kept.push(value);
    }
    const living = kept.filter((record) => !isExpired(record));
    if (living.length >= mostOfOwner) throw tooMany(owner, living.length);
    if (kept.length >= mostKept) throw tooManyOfLate(owner, kept.length);
    const ancestors = new Set(kept.flatMap(({ lineage }) => lineage));
    const useless = ended.filter((key) => !ancestors.has(key));
    for (const key of useless.slice(0, Math.max(0, useless.length - mostOfOwner))) tx.delete(tokenRecords, key);
  }
}

function tooMany(owner: string, living: number): AppError {
  return new AppError('too_many_tokens', `${owner} has ${living} tokens that have not expired`, {
    hint: 'revoke those that nobody needs, or wait for some to expire',
  });
}

function tooManyOfLate(owner: string, kept: number): AppError {
  return new AppError('too_many_tokens', `${owner} has ${kept} tokens that have not expired, or not an hour ago`, {
    hint: 'ask for fewer tokens that live longer, or wait an hour',
  });
}

/**
 * The lineage of a token minted with this one. It is bounded, because every request looks up each token in it. @throws
 * AppError `too_many_tokens`
 */
function lineageBelow(parent: TokenRecord | undefined): string[] {
  if (parent === undefined) return [];
  if (parent.lineage.length < deepest) return [...parent.lineage, parent.id];
  throw new AppError('too_many_tokens', `tokens are minted with one another ${deepest} deep at most`, {
    hint: 'mint it with other credentials, such as a password',
  });
}

export function tokenNotFound(id: string): AppError {
  return new AppError('token_not_found', `there is no token ${id.slice(0, 80)}`, {
    hint: 'list them with `commctl token list`; one that ended a day ago is forgotten',
  });
}

function notRenewable(): AppError {
  return new AppError('not_renewable', 'the caller has no session that could be renewed', {
    hint: 'mint a token of the kind session with other credentials, such as a user name and password',
  });
}

function isOver({ ends_at }: Token, now: Date): boolean {
  return parseTimestamp(ends_at) <= now.getTime();
}

/** Returns false when it was revoked before. */
function revokeIn(tx: Transaction, record: TokenRecord, { at, by }: { at: string; by: string }): boolean {
  if (record.revoked_at !== '') return false;
  tx.put(tokenRecords, record.id, { ...record, revoked_at: at });
  tx.emit({ type: 'token', action: 'revoked', key: record.id, data: { by, owner: record.owner } });
  return true;
}

function shownToken(record: TokenRecord, revoked_at: string): Token {
  const { id, kind, owner, method, note, grants, lineage, created_at, expires_at, ends_at, registration } = record;
  const times = { created_at, expires_at, ends_at, revoked_at };
  return { id, kind, owner, method, note, grants, lineage, ...times, registration };
}
