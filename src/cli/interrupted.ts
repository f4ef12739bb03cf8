/** The person at the keyboard pressed Ctrl-C. The message says what keeps running; it may be empty. */
export class Interrupted extends Error {
  override readonly name = 'Interrupted';
}
