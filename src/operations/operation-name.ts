/** An operation as it is named. Earlier servers gave operations no numbers. */
export interface Named {
  readonly id: string;
  readonly number?: number | undefined;
}

/** `44`: how a command names an operation. A shell would take `#44` for a comment. */
export function referenceTo({ id, number }: Named): string {
  return number === undefined ? id : String(number);
}

/** `#44`: how a text names an operation. */
export function nameOf({ id, number }: Named): string {
  return number === undefined ? id : `#${number}`;
}
