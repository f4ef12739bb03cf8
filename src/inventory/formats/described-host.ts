/** A host as a file describes it. Nothing of it was looked at yet. */
export interface DescribedHost {
  /** The line it stands in, counted from 1. */
  line: number;
  /** Under the names of the API, and `key`: the path of a private key file. */
  members: Readonly<Record<string, unknown>>;
}

/** Something in a file that must be set right before its hosts are used. */
export interface Fault {
  line: number;
  message: string;
}

export interface Described {
  hosts: readonly DescribedHost[];
  faults: readonly Fault[];
}
