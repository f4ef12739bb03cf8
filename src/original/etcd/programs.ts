import { unreadable } from './unreadable.ts';

/** The programs of etcd on this machine. */
export interface EtcdPrograms {
  readonly etcd: string;
}

/**
 * The etcd that can read a data directory.
 *
 * @param given its path, instead of looking for it in `PATH`
 * @throws AppError `etcd_unreadable` when there is none
 */
export function findEtcd(given: string | undefined): EtcdPrograms {
  const etcd = Bun.which(given ?? 'etcd');
  if (etcd !== null) return { etcd };
  throw unreadable(
    given === undefined ? 'there is no program etcd on this machine' : `there is no program ${given}`,
    'install etcd (Debian: `apt-get install etcd-server`, without starting its service), or name it with --etcd-program',
  );
}

/**
 * The program that restores a snapshot, with its first words: `etcdutl` since 3.5, before it `etcdctl`.
 *
 * @throws AppError `etcd_unreadable` when there is neither
 */
export function findRestorer(): string[] {
  const program = Bun.which('etcdutl') ?? Bun.which('etcdctl');
  if (program !== null) return [program, 'snapshot', 'restore'];
  throw unreadable(
    'there is neither etcdutl nor etcdctl on this machine, which read a snapshot',
    'install one (Debian: `apt-get install etcd-client`)',
  );
}
