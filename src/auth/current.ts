import type { AuthenticationRequest, Identity } from './authenticator.ts';
import type { AuthenticationChain } from './chain.ts';

/** The chain that counts: a running server can be given another one, for the requests to come. */
export class CurrentAuthentication implements AuthenticationChain {
  #chain: AuthenticationChain;

  constructor(chain: AuthenticationChain) {
    this.#chain = chain;
  }

  get challenges(): readonly string[] {
    return this.#chain.challenges;
  }

  authenticate(request: AuthenticationRequest): Promise<Identity | Response> {
    return this.#chain.authenticate(request);
  }

  replace(chain: AuthenticationChain): void {
    this.#chain = chain;
  }
}
