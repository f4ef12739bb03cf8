/** A command has stopped waiting, because the time that a person gave it was over. What it waited for goes on. */
export class WaitTimedOut extends Error {
  override readonly name = 'WaitTimedOut';
  readonly hint: string | undefined;

  constructor(message: string, hint?: string) {
    super(message);
    this.hint = hint;
  }
}
