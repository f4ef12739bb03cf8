/**
 * Checks the revision of a record before it is changed, in the same transaction; undefined when there is no such
 * record.
 *
 * @throws AppError `precondition_failed`
 */
export type Precondition = (revision: number | undefined) => void;

/** For changes that do not depend on the revision. */
export const always: Precondition = () => {};
