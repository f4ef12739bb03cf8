/** A key of etcd with its value, both text. A key whose value is not UTF-8 has replacement characters in it. */
export interface EtcdKey {
  /** From the root: `/commissaire/hosts/192.0.2.11`. */
  readonly key: string;
  readonly value: string;
}

/** The two APIs of etcd, whose keys are separate. The original writes with the first. */
export const etcdApis = ['v2', 'v3'] as const;
export type EtcdApi = (typeof etcdApis)[number];

/** The keys of an etcd, by one of its APIs. It only reads. */
export interface EtcdTree {
  readonly api: EtcdApi;
  /**
   * All keys below a directory, as they were at one moment; none when there is no such directory.
   *
   * @param directory such as `/commissaire`, without a slash at the end
   * @throws AppError `etcd_unreadable`
   */
  read(directory: string): Promise<EtcdKey[]>;
}
