import { createHmac } from 'node:crypto';
import { availableParallelism } from 'node:os';
import type { Clock } from '../../../lib/clock.ts';
import { Semaphore } from '../../../lib/semaphore.ts';
import type { AuthenticationRequest, Authenticator, Identity, Refusal } from '../../authenticator.ts';
import { Remembered } from '../remembered.ts';
import { type BasicCredentials, basicChallenge, credentialsOf, isBasic, readBasicHeader } from './basic-header.ts';
import { verifyPassword } from './password-hash.ts';

/** Hashing fills a core, and takes 64 MB for argon2id: half of the cores are left to requests that need no hashing. */
const verificationsAtOnce = Math.max(1, Math.floor(availableParallelism() / 2));

/** How long a right password is accepted without hashing it again. */
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

class Basic {
  readonly #hashes: ReadonlyMap<string, string>;
  readonly #verify: (password: string, hash: string) => Promise<boolean>;
  /**
   * Results by header. Wrong headers are remembered too: a program that keeps sending its old password is not guessing.
   */
  readonly #proven: Remembered<Identity>;
  readonly #refuted: Remembered<Refusal>;
  readonly #decoys: readonly string[];
  readonly #decoyKey: Uint8Array;
  readonly #places = new Semaphore(verificationsAtOnce);
  readonly #underWay = new Map<string, Promise<Identity | Refusal>>();

  constructor({ hashes, clock, randomBytes, verify = verifyPassword }: BasicOptions) {
    this.#hashes = hashes;
    this.#verify = verify;
    const secret = randomBytes(32);
    this.#proven = new Remembered({ clock, key: secret, lifetimeMs: provenMs });
    this.#refuted = new Remembered({ clock, key: secret, lifetimeMs: refutedMs });
    this.#decoys = [...hashes.values()];
    this.#decoyKey = randomBytes(32);
  }

  recall({ headers }: AuthenticationRequest): Identity | Refusal | Promise<Identity | Refusal> | undefined {
    const header = headers.get('authorization');
    if (header === null || !isBasic(header)) return undefined;
    const key = this.#proven.keyOf(header);
    return this.#proven.get(key) ?? this.#refuted.get(key) ?? this.#underWay.get(key);
  }

  async authenticate({ headers }: AuthenticationRequest): Promise<Identity | 'pass' | Refusal> {
    const header = headers.get('authorization');
    const credentials = readBasicHeader(header);
    if (credentials === 'pass' || 'refused' in credentials) return credentials;
    const key = this.#proven.keyOf(header ?? '');
    return this.#proven.get(key) ?? this.#underWay.get(key) ?? this.#verifyOnce(key, credentials);
  }

  /** Concurrent requests with the same header share one verification. */
  async #verifyOnce(key: string, credentials: BasicCredentials): Promise<Identity | Refusal> {
    const verification = this.#verifyInTurn(credentials);
    this.#underWay.set(key, verification);
    try {
      const outcome = await verification;
      if ('refused' in outcome) this.#refuted.remember(key, outcome);
      else this.#proven.remember(key, outcome);
      return outcome;
    } finally {
      this.#underWay.delete(key);
    }
  }

  async #verifyInTurn({ user, password }: BasicCredentials): Promise<Identity | Refusal> {
    const hash = this.#hashes.get(user);
    const compared = hash ?? this.#decoyHash(user);
    const isRight = compared !== undefined && (await this.#compare(password, compared));
    if (hash === undefined) return { refused: 'no such user', claimed: user };
    if (!isRight) return { refused: `wrong password for the user "${user}"`, claimed: user };
    return { name: user, method: 'httpbasicauth', subjects: [`user:${user}`] };
  }

  async #compare(password: string, hash: string): Promise<boolean> {
    const release = await this.#places.acquire();
    try {
      return await this.#verify(password, hash);
    } finally {
      release();
    }
  }

  /**
   * The hash that an unknown user's password is compared with, so that the time does not show which users exist. It is
   * the hash of a real user, and the same one for the same name: so unknown users take as long as known ones, even when
   * the hashes of a file have several kinds and costs.
   */
  #decoyHash(user: string): string | undefined {
    const number = createHmac('sha256', this.#decoyKey).update(user).digest().readUInt32BE(0);
    return this.#decoys[number % Math.max(this.#decoys.length, 1)];
  }
}
