import { readFileSync } from 'node:fs';
import type { TargetMachine } from '../../../config/backups.ts';
import { AppError, describeError } from '../../../lib/errors.ts';
import { dial } from '../../../ssh/connection.ts';
import { defaultDeadlines } from '../../../ssh/deadlines.ts';
import type { HostKeys } from '../../../ssh/host-keys.ts';
import { fingerprint } from '../../../ssh/private-key.ts';
import { shellQuote } from '../../../ssh/quote.ts';
import type { ExecOptions, Session } from '../../../ssh/session.ts';
import { datedNames, isBackupName, readBackupFile } from '../directory.ts';
import { notKept } from '../keep.ts';
import { notCopied } from './not-copied.ts';
import type { Target } from './target.ts';

/** Milliseconds that copying one backup may take. */
const copyMs = 6 * 3_600_000;
const shortMs = 60_000;

/** A directory on a machine that is reached over SSH, whose host key the configuration names. */
export function machineTarget(name: string, place: TargetMachine): Target {
  const run = async (signal: AbortSignal, command: string, options: Partial<ExecOptions> = {}) => {
    const session = await connect(name, place, signal);
    try {
      const { exitCode, stdout, stderr } = await session.exec(command, { deadlineMs: shortMs, signal, ...options });
      if (exitCode === 0) return stdout;
      const said = stderr.trim().split('\n').at(-1) ?? '';
      throw notCopied(
        name,
        `${place.address} says: ${said || `exit code ${exitCode}`}`,
        `look at ${place.directory} there`,
      );
    } finally {
      session.close();
    }
  };
  return {
    name,
    async copy({ name: file, path, sha256 }, signal) {
      const stdin = readBackupFile(path);
      await run(signal, receiving(place.directory, file, sha256), { stdin, deadlineMs: copyMs }).catch(
        (cause: unknown) => {
          throw asNotCopied(name, cause, signal);
        },
      );
    },
    async prune(host, rules, signal) {
      const directory = shellQuote(place.directory);
      const listed = await run(signal, `cd ${directory} && ls -1`);
      const old = notKept(datedNames(listed.split('\n').filter(isBackupName), host), rules);
      if (old.length === 0) return;
      const names = old.map((each) => shellQuote(each.name)).join(' ');
      await run(signal, `cd ${directory} && rm -f -- ${names}`);
    },
  };
}

/** POSIX shell: the file appears under its name once it has the digest and is on disk. */
function receiving(directory: string, file: string, sha256: string): string {
  const [name, beside] = [file, `${file}.unfinished`].map(shellQuote);
  return `
set -eu
umask 077
cd ${shellQuote(directory)}
digest() { { sha256sum "$1" 2>/dev/null || shasum -a 256 "$1"; } | cut -c 1-64; }
if [ -f ${name} ] && [ "$(digest ${name})" = ${sha256} ]; then cat >/dev/null; exit 0; fi
trap 'rm -f ${beside}' EXIT
cat >${beside}
if [ "$(digest ${beside})" != ${sha256} ]; then echo 'what arrived is not what was sent' >&2; exit 1; fi
sync ${beside} 2>/dev/null || sync
mv ${beside} ${name}
trap - EXIT
`;
}

async function connect(name: string, place: TargetMachine, signal: AbortSignal): Promise<Session> {
  const { address, port, user, keyFile } = place;
  const target = { address, port, user, privateKey: readKey(name, keyFile) };
  return await dial(target, { hostKeys: onlyKey(place), deadlines: defaultDeadlines, signal });
}

function readKey(name: string, path: string): string {
  try {
    return readFileSync(path).toString('base64');
  } catch (cause) {
    throw notCopied(name, `the key ${path} cannot be read: ${describeError(cause)}`, 'correct its key_file', cause);
  }
}

/** Accepts the one host key that the configuration names. */
function onlyKey({ address, hostKey }: TargetMachine): Pick<HostKeys, 'pinned' | 'verify'> {
  const pin = {
    address,
    fingerprint: hostKey,
    algorithm: '',
    public_key: '',
    source: 'operator',
    pinned_at: '',
  } as const;
  return {
    pinned: async () => pin,
    async verify(_, publicKey) {
      const shown = fingerprint(publicKey);
      if (shown === hostKey) return;
      throw new AppError('host_key_changed', `${address} shows the host key ${shown}, and host_key names ${hostKey}`, {
        hint: 'find out why before you change host_key of the target',
      });
    },
  };
}

function asNotCopied(name: string, cause: unknown, signal: AbortSignal): unknown {
  if (signal.aborted || !(cause instanceof AppError) || cause.code === 'backup_not_copied') return cause;
  return notCopied(name, cause.message, cause.hint ?? 'try the connection with ssh', cause);
}
