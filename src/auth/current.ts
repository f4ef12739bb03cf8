import type { AuthenticationRequest, Authenticator, Identity } from './authenticator.ts';
import type { AuthenticationChain } from './chain.ts';

/** The current chain; a reload replaces it for later requests. */
export class CurrentAuthentication implements AuthenticationChain {
  readonly #first: readonly Authenticator[];
  #chain: AuthenticationChain;

  /** @param first authenticators to ask before those of any configuration */
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
