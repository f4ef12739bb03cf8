import { createHmac } from 'node:crypto';
import { availableParallelism } from 'node:os';
import type { Clock } from '../../../lib/clock.ts';
import { Semaphore } from '../../../lib/semaphore.ts';
import type { AuthenticationRequest, Authenticator, Identity, Refusal } from '../../authenticator.ts';
import { Remembered } from '../remembered.ts';
import { basicChallenge, credentialsOf, readBasicHeader } from './basic-header.ts';
import { verifyPassword } from './password-hash.ts';

/** Hashing fills a core and 64 MB for argon2id: half of the cores are left to those who are known, or who wait for nothing. */
const verificationsAtOnce = Math.max(1, Math.floor(availableParallelism() / 2));

/** For how long a right password needs no hashing again. */
const provenMs = 5 * 60_000;
const refutedMs = 60_000;

export interface BasicOptions {
  /** Password hash by user name. */
  readonly hashes: ReadonlyMap<string, string>;
  readonly clock: Clock;
  readonly randomBytes: (length: number) => Uint8Array;
  /** For tests: instead of the real one. */
  readonly verify?: (password: string, hash: string) => Promise<boolean>;
}

/** HTTP Basic against password hashes (contract 9.2). */
export function basicAuthenticator(options: BasicOptions): Authenticator {
  const basic = new Basic(options);
  return {
    name: 'httpbasicauth',
    asksFor: 'a user name and password (HTTP Basic)',
    challenge: basicChallenge,
    guessable: {
      claimed: (request) => credentialsOf(request)?.user,
      recall: (request) => basic.recall(request),
    },
    authenticate: (request) => basic.authenticate(request),
  };
}

function identityOf(user: string): Identity {
  return { name: user, method: 'httpbasicauth', subjects: [`user:${user}`] };
}

class Basic {
  readonly #hashes: ReadonlyMap<string, string>;
  readonly #verify: (password: string, hash: string) => Promise<boolean>;
  /** By user and password whether they are right. Of wrong ones too: a program that goes on sending its old password guesses nothing. */
  readonly #proven: Remembered<true>;
  readonly #refuted: Remembered<true>;
  readonly #decoys: readonly string[];
  readonly #decoyKey: Uint8Array;
  readonly #places = new Semaphore(verificationsAtOnce);
  readonly #underWay = new Map<string, Promise<boolean>>();

  constructor({ hashes, clock, randomBytes, verify = verifyPassword }: BasicOptions) {
    this.#hashes = hashes;
    this.#verify = verify;
    const secret = randomBytes(32);
    this.#proven = new Remembered({ clock, key: secret, lifetimeMs: provenMs });
    this.#refuted = new Remembered({ clock, key: secret, lifetimeMs: refutedMs });
    this.#decoys = [...hashes.values()];
    this.#decoyKey = randomBytes(32);
  }

  recall(request: AuthenticationRequest): Promise<Identity | Refusal> | undefined {
    const credentials = credentialsOf(request);
    if (credentials === undefined) return undefined;
    const { user, password } = credentials;
    const key = this.#proven.keyOf(user, password);
    if (this.#proven.get(key)) return Promise.resolve(identityOf(user));
    if (this.#refuted.get(key)) return Promise.resolve(this.#refusal(user));
    return this.#underWay.get(key)?.then((isRight) => (isRight ? identityOf(user) : this.#refusal(user)));
  }

  async authenticate({ headers }: AuthenticationRequest): Promise<Identity | 'pass' | Refusal> {
    const credentials = readBasicHeader(headers.get('authorization'));
    if (credentials === 'pass' || 'refused' in credentials) return credentials;
    const { user, password } = credentials;
    const key = this.#proven.keyOf(user, password);
    if (this.#proven.get(key) || (await this.#verifyOnce(key, user, password))) {
      return identityOf(user);
    }
    return this.#refusal(user);
  }

  #refusal(user: string): Refusal {
    const refused = this.#hashes.has(user) ? `wrong password for the user "${user}"` : 'no such user';
    return { refused, claimed: user };
  }

  /** Requests that carry the same credentials at the same time share one verification. */
  async #verifyOnce(key: string, user: string, password: string): Promise<boolean> {
    const underWay = this.#underWay.get(key);
    if (underWay !== undefined) return underWay;
    const verification = this.#verifyInTurn(user, password);
    this.#underWay.set(key, verification);
    try {
      const proven = await verification;
      (proven ? this.#proven : this.#refuted).remember(key, true);
      return proven;
    } finally {
      this.#underWay.delete(key);
    }
  }

  async #verifyInTurn(user: string, password: string): Promise<boolean> {
    const hash = this.#hashes.get(user);
    const compared = hash ?? this.#decoyHash(user);
    if (compared === undefined) return false;
    const release = await this.#places.acquire();
    try {
      return (await this.#verify(password, compared)) && hash !== undefined;
    } finally {
      release();
    }
  }

  /**
   * The hash an unknown user is compared with, in vain, so that the time taken does not tell who exists. It is a
   * real user's, and always the same one's for the same name: then unknown users take as long as known ones do even
   * when the hashes of a file are of several kinds and costs.
   */
  #decoyHash(user: string): string | undefined {
    const number = createHmac('sha256', this.#decoyKey).update(user).digest().readUInt32BE(0);
    return this.#decoys[number % Math.max(this.#decoys.length, 1)];
  }
}
