import { createHash } from 'node:crypto';
import { AppError } from '../lib/errors.ts';
import { shellQuote } from '../ssh/quote.ts';
import type { Session } from '../ssh/session.ts';

export interface FileCopy {
  /** Absolute. */
  path: string;
  content: Uint8Array;
  /** Octal; without it that of the file there is, else 0644. The same holds for owner and group, else root. */
  mode?: string;
  /** Names or numbers. */
  owner?: string;
  group?: string;
  /** Whether to make the directory it stands in. */
  parents: boolean;
}

const deadlineMs = 600_000;
const missingDirectory = 66;
const isDirectory = 67;
const damaged = 74;

/**
 * Puts a file on the machine, as root: complete under its name or not there at all. One that is as wanted already is not
 * touched.
 *
 * @returns whether something was changed
 * @throws AppError `command_failed`, and what `Session.exec` throws
 */
export async function copyFile(session: Session, copy: FileCopy, signal: AbortSignal): Promise<boolean> {
  const sum = sha256(copy.content);
  const options = { deadlineMs, signal, privileged: true };
  const found = await session.exec(inspection(copy.path), options);
  if (isAsWanted(found.stdout, copy, sum)) return false;
  const result = await session.exec(replacement(copy, sum), { ...options, stdin: copy.content });
  if (result.exitCode === 0) return true;
  const { address } = session.target;
  throw new AppError(
    'command_failed',
    `cannot write ${copy.path} on ${address}: ${reasonOf(result.exitCode, result.stderr)}`,
    { hint: 'check the path, the free space and the names of owner and group there' },
  );
}

export function sha256(content: Uint8Array): string {
  return createHash('sha256').update(content).digest('hex');
}

/** Nothing is printed for what is not a regular file: it is replaced, or refused. */
function inspection(path: string): string {
  const file = shellQuote(path);
  return `[ -f ${file} ] && [ ! -L ${file} ] && stat -c '%a %U %u %G %g' ${file} && sha256sum <${file}`;
}

function isAsWanted(found: string, { mode, owner, group }: FileCopy, sum: string): boolean {
  const [attributes = '', content = ''] = found.split('\n');
  const [hasMode = '', user, uid, groupName, gid] = attributes.split(' ');
  return (
    content.split(' ')[0] === sum &&
    (mode === undefined || Number.parseInt(hasMode, 8) === Number.parseInt(mode, 8)) &&
    (owner === undefined || owner === user || owner === uid) &&
    (group === undefined || group === groupName || group === gid)
  );
}

function replacement({ path, mode, owner, group, parents }: FileCopy, sum: string): string {
  const file = shellQuote(path);
  const directory = shellQuote(path.slice(0, path.lastIndexOf('/')) || '/');
  const keep = (given: string | undefined, format: string, otherwise: string) =>
    given === undefined ? `$(stat -L -c ${format} ${file} 2>/dev/null || echo ${otherwise})` : shellQuote(given);
  return `
${parents ? `(umask 022; mkdir -p ${directory}) || exit 1` : ''}
[ -d ${directory} ] || exit ${missingDirectory}
[ ! -d ${file} ] || exit ${isDirectory}
umask 077
new=$(mktemp ${directory}/.commissaire.XXXXXX) || exit 1
trap 'rm -f "$new"' EXIT; trap 'exit 1' HUP INT TERM PIPE
is_whole() { found=$(sha256sum <"$1") && [ "\${found%% *}" = ${sum} ]; }
cat >"$new" && is_whole "$new" || exit ${damaged}
chown ${keep(owner, '%u', '0')}:${keep(group, '%g', '0')} "$new" && chmod ${keep(mode, '%a', '644')} "$new" || exit 1
mv -f "$new" ${file} && is_whole ${file} || exit ${damaged}
if command -v restorecon >/dev/null 2>&1; then restorecon ${file} 2>/dev/null || true; fi
`;
}

function reasonOf(exitCode: number | null, stderr: string): string {
  const said = stderr.trim();
  if (exitCode === missingDirectory) return 'the directory it is to stand in does not exist; `parents` makes it';
  if (exitCode === isDirectory) return 'there is a directory of that name';
  if (exitCode === damaged) return `the checksum is not that of the content. ${said}`.trim();
  return said;
}
