import { cp, mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { systemReason } from '../../lib/system-reason.ts';
import { type PrivateEtcd, startPrivateEtcd } from './private-etcd.ts';
import { type EtcdPrograms, findRestorer } from './programs.ts';
import { unreadable } from './unreadable.ts';

/**
 * Starts a private etcd on a copy of the data directory of a member that does not run. The directory is only read.
 *
 * @param dataDirectory the directory that holds `member/`
 * @throws AppError `etcd_unreadable`
 */
export async function openStoppedMember(
  dataDirectory: string,
  programs: EtcdPrograms,
  signal: AbortSignal,
): Promise<PrivateEtcd> {
  const member = join(dataDirectory, 'member');
  if (!(await isDirectory(member))) {
    throw unreadable(
      `${dataDirectory} is not the data directory of an etcd: it has no directory "member"`,
      'give the directory that --data-dir of etcd names, such as /var/lib/etcd/default',
    );
  }
  return withData(programs, signal, async (data) => {
    await cp(member, join(data, 'member'), { recursive: true }).catch((error: unknown) => {
      throw unreadable(
        `cannot copy ${member} to ${data}: ${systemReason(error)}`,
        'run this as a user who may read it, or set TMPDIR to a directory with room for a copy',
        error,
      );
    });
  });
}

/**
 * Starts a private etcd on what a snapshot holds: v3 keys only, because snapshots have no others.
 *
 * @throws AppError `etcd_unreadable`
 */
export async function openSnapshot(file: string, programs: EtcdPrograms, signal: AbortSignal): Promise<PrivateEtcd> {
  const restorer = findRestorer();
  return withData(programs, signal, async (data) => {
    const child = Bun.spawn([...restorer, file, `--data-dir=${data}`], {
      env: { PATH: process.env.PATH ?? '', ETCDCTL_API: '3' },
      stdin: 'ignore',
      stdout: 'pipe',
      stderr: 'pipe',
    });
    const texts = [new Response(child.stdout).text(), new Response(child.stderr).text()];
    const [code, ...said] = await Promise.all([child.exited, ...texts]);
    if (code === 0) return;
    throw unreadable(
      `cannot restore the snapshot ${file}: ${said.join('').trim().slice(-600)}`,
      'give a file that `etcdctl snapshot save` wrote; a copied file of a data directory is none',
    );
  });
}

/** Makes a private directory with the data, and an etcd on it. Disposing of the etcd removes the directory. */
async function withData(
  programs: EtcdPrograms,
  signal: AbortSignal,
  fill: (data: string) => Promise<void>,
): Promise<PrivateEtcd> {
  await using opened = new AsyncDisposableStack();
  const directory = await mkdtemp(join(tmpdir(), 'commissaire-import-'));
  opened.defer(() => rm(directory, { recursive: true, force: true }));
  await fill(join(directory, 'data'));
  signal.throwIfAborted();
  const { access } = opened.use(await startPrivateEtcd(directory, programs, signal));
  const kept = opened.move();
  return { access, [Symbol.asyncDispose]: () => kept.disposeAsync() };
}

async function isDirectory(path: string): Promise<boolean> {
  return (await stat(path).catch(() => undefined))?.isDirectory() === true;
}
