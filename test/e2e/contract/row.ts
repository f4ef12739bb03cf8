import type { ProblemCode } from '../../../src/lib/problems.ts';

/** One request. */
export interface Ask {
  readonly method: string;
  /** With its query, byte for byte as it is sent. */
  readonly path: string;
  /** Sent as JSON. */
  readonly body?: unknown;
  /** Instead of `body`: sent as it is. */
  readonly raw?: string | Uint8Array;
  /** On top of the credentials of the administrator; an empty `authorization` leaves those out. */
  readonly headers?: Readonly<Record<string, string>>;
  /** Sends the body chunked, without saying how long it is. */
  readonly chunked?: boolean;
}

/** A request that has to be answered with success before the one of the row. */
export interface Step extends Ask {
  /** Asked again until the answer has these members. */
  readonly until?: object;
}

/** A body: each member of the objects in it, in this order, and no other one. Values may be matchers of `expect`. */
interface Answered {
  readonly answer: unknown;
}

/** A problem document of this code. */
interface Refused {
  readonly problem: ProblemCode;
}

/** No body at all. */
interface Silent {
  readonly silent: true;
}

/** One route and one case of it, as a section of the contract has it. */
export type Row = Ask & {
  /** Such as `H3.2`, `1.1` or `9.2`. */
  readonly section: string;
  /** What the section says of the case. Begins with `here:` where the answer differs from the original's on purpose. */
  readonly says: string;
  /** What is in the inventory, which is otherwise empty but for the default network. */
  readonly given?: readonly Step[];
  /** Asked again until the answer is as expected. */
  readonly eventually?: true;
  readonly status: number;
  /** Of the answer; undefined for one that must not be there. */
  readonly shows?: Readonly<Record<string, string | RegExp | undefined>>;
} & (Answered | Refused | Silent);
