import type { AuthHandlerMiddleware, ParsedKey } from 'ssh2';

/** What a host answered to a key (RFC 4252, 5.1). */
export interface KeyAnswer {
  /** Whether it accepted the key and asks for more. */
  readonly accepted: boolean;
  /** The methods by which the login can go on. */
  readonly methods: readonly string[];
}

/** Logs in with one key, once, and keeps what the host answers. */
export class KeyOffer {
  readonly #username: string;
  readonly #key: ParsedKey;
  #offered = false;
  #answer: KeyAnswer | undefined;

  constructor(username: string, key: ParsedKey) {
    this.#username = username;
    this.#key = key;
  }

  /** Undefined before the answer, and when the host takes no signature algorithm of the key, which then stays here. */
  get answer(): KeyAnswer | undefined {
    return this.#answer;
  }

  /** What ssh2 asks for the first and each further method; `false` ends the login. */
  readonly next: AuthHandlerMiddleware = (methods: readonly string[] | undefined, accepted: boolean) => {
    if (this.#offered) {
      if (methods !== undefined) this.#answer = { accepted, methods };
      return false;
    }
    this.#offered = true;
    return { type: 'publickey', username: this.#username, key: this.#key };
  };
}
