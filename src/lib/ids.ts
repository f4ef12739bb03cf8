/** Makes ids that sort by the time they were made. */
export type IdSource = () => string;

/** UUID version 7 (RFC 9562): time-ordered, and ordered within one process even inside a millisecond. */
export const timeOrderedId: IdSource = () => Bun.randomUUIDv7();
