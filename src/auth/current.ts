import type { AuthenticationRequest, Authenticator, Identity } from './authenticator.ts';
import type { AuthenticationChain } from './chain.ts';

/** The chain that counts: a running server can be given another one, for the requests to come. */
export class CurrentAuthentication implements AuthenticationChain {
  readonly #first: readonly Authenticator[];
  #chain: AuthenticationChain;

  /** @param first asked before those of any configuration */
  constructor(chain: AuthenticationChain, first: readonly Authenticator[] = []) {
    this.#chain = chain;
    this.#first = first;
  }

  get challenges(): readonly string[] {
    return this.#chain.challenges;
  }

  authenticate(request: AuthenticationRequest): Promise<Identity | Response> {
    return this.#chain.authenticate(request, this.#first);
  }

  replace(chain: AuthenticationChain): void {
    this.#chain = chain;
  }
}
