/** What the product needs of a log: the details first, then the message. Details never hold a secret. */
export interface Logger {
  debug(details: object, message: string): void;
  info(details: object, message: string): void;
  warn(details: object, message: string): void;
  error(details: object, message: string): void;
  /** A log whose every line also carries these details. */
  child(details: object): Logger;
}
