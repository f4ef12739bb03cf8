/** No endpoint could be reached. */
export class NoServerError extends Error {
  override readonly name = 'NoServerError';
  /** In the order they were tried. */
  readonly tried: ReadonlyArray<{ endpoint: string; reason: string }>;

  constructor(tried: ReadonlyArray<{ endpoint: string; reason: string }>) {
    const lines = tried.map(({ endpoint, reason }) => `- ${endpoint}: ${reason}`);
    super(['No servers could be reached. Tried the following:', ...lines].join('\n'));
    this.tried = tried;
  }
}
