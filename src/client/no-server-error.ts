/** An endpoint that could not be reached, and why. */
export interface Tried {
  readonly endpoint: string;
  readonly reason: string;
  /** It is there, but it is not known whose server it is: `trust` can say so. */
  readonly isUntrusted: boolean;
}

/** No endpoint could be reached. */
export class NoServerError extends Error {
  override readonly name = 'NoServerError';
  /** In the order they were tried. */
  readonly tried: readonly Tried[];

  constructor(tried: readonly Tried[]) {
    const lines = tried.map(({ endpoint, reason }) => `- ${endpoint}: ${reason}`);
    super(['No servers could be reached. Tried the following:', ...lines].join('\n'));
    this.tried = tried;
  }
}
