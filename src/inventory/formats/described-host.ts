/** A host as a file describes it, not validated yet. */
export interface DescribedHost {
  /** The line of the host, counted from 1. */
  line: number;
  /** Under the names of the API, and `key`: the path of a private key file. */
  members: Readonly<Record<string, unknown>>;
}

/** A fault in a file, which must be corrected before its hosts are used. */
export interface Fault {
  line: number;
  message: string;
}

export interface Described {
  hosts: readonly DescribedHost[];
  faults: readonly Fault[];
}
