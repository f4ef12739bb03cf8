/**
 * Looks at the revision of a record before it is changed, in the same transaction; undefined when there is no such record.
 *
 * @throws AppError `precondition_failed`
 */
export type Precondition = (revision: number | undefined) => void;

/** For those who change a record whatever it is by now. */
export const always: Precondition = () => {};
