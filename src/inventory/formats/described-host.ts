/** A host as a file describes it, not validated yet. */
export interface DescribedHost {
  /** The line of the host, counted from 1. */
  line: number;
  /** The file, when it is another than the one that describes the hosts. */
  file?: string;
  /** Under the names of the API, and `key`: the path of a private key file, or paths of which the first usable counts. */
  members: Readonly<Record<string, unknown>>;
  /** The groups of an inventory that have the host, and those above them, without `all` and `ungrouped`. */
  groups?: readonly string[];
  /** Those of them that name the host themselves. */
  ownGroups?: readonly string[];
}

/** A fault in a file, which must be corrected before its hosts are used. */
export interface Fault {
  line: number;
  message: string;
  /** The file, when it is another than the one that describes the hosts. */
  file?: string;
}

/** What a file says and its hosts are registered without. */
export interface Remark {
  line: number;
  message: string;
  /** The file, when it is another than the one that describes the hosts. */
  file?: string;
}

export interface Described {
  hosts: readonly DescribedHost[];
  faults: readonly Fault[];
  remarks?: readonly Remark[];
}
