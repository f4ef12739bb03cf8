import { AppError } from '../lib/errors.ts';
import { shellQuote } from '../ssh/quote.ts';
import type { Session } from '../ssh/session.ts';

/**
 * A file on the machine at a path of the copy. Of a link the attributes are those of its destination, without a
 * checksum.
 */
export interface FoundFile {
  mode: string;
  user: string;
  uid: string;
  groupName: string;
  gid: string;
  sha256: string | undefined;
}

export interface Found {
  /** The existing ones of the requested files, by path. */
  files: ReadonlyMap<string, FoundFile>;
  directories: ReadonlySet<string>;
}

/** Milliseconds, enough to read as much as a copy may contain. */
const deadlineMs = 3_600_000;
/** The bytes that the answer has for one file, without its name: attributes, names of owner and group, checksum. */
const lineBytes = 400;

/**
 * Inspects all paths below `base` in one command.
 *
 * @throws AppError `command_failed` when the answer is incomplete, and what `Session.exec` throws
 */
export async function inspect(
  session: Session,
  base: string,
  { files, directories }: { files: readonly string[]; directories: readonly string[] },
  signal: AbortSignal,
): Promise<Found> {
  // A slash marks a directory; no name contains a line break.
  const names = [...files, ...directories.map((name) => `${name}/`)];
  const stdin = names.map((name) => `${name}\n`).join('');
  const result = await session.exec(script(base), {
    deadlineMs,
    signal,
    privileged: true,
    stdin,
    maxCollected: 4 * stdin.length + lineBytes * names.length + 1024,
  });
  const lines = result.stdout.split('\n');
  if (result.exitCode !== 0 || result.truncated || lines.at(-2) !== 'end') {
    const { address } = session.target;
    throw new AppError('command_failed', `cannot look at ${base} on ${address}: ${result.stderr.trim()}`);
  }
  return foundIn(lines);
}

/** Inspects many files at a time, because a process for each would be slow: first attributes, then checksums. */
function script(base: string): string {
  return `
look() { [ $# -eq 0 ] || { stat -c 'f %a %U %u %G %g %n' -- "$@"; sha256sum -- "$@"; }; }
cd ${shellQuote(base)} 2>/dev/null || { echo end; exit 0; }
set --
while IFS= read -r name; do
  case $name in
    */) [ ! -d "./$name" ] || printf 'd %s\\n' "./\${name%/}" ;;
    *) if [ -L "./$name" ]; then [ ! -f "./$name" ] || stat -L -c 'f %a %U %u %G %g %n' -- "./$name"
       elif [ -f "./$name" ]; then set -- "$@" "./$name"; [ $# -lt 200 ] || { look "$@"; set --; }
       fi ;;
  esac
done
look "$@"
echo end
`;
}

const attributes = /^f (?<mode>\d+) (?<user>\S+) (?<uid>\d+) (?<groupName>\S+) (?<gid>\d+) \.\/(?<path>.*)$/;
const directory = /^d \.\/(?<path>.*)$/;
/** sha256sum begins a line with a backslash when it has escaped part of the name. */
const checksum = /^(?<escaped>\\?)(?<sum>[0-9a-f]{64}) [ *]\.\/(?<path>.*)$/;

function foundIn(lines: readonly string[]): Found {
  const files = new Map<string, FoundFile>();
  const directories = new Set<string>();
  for (const line of lines) {
    const file = attributes.exec(line)?.groups;
    if (file !== undefined) {
      const { path = '', mode = '', user = '', uid = '', groupName = '', gid = '' } = file;
      files.set(path, { mode, user, uid, groupName, gid, sha256: undefined });
      continue;
    }
    const found = directory.exec(line)?.groups?.path;
    if (found !== undefined) directories.add(found);
    const { path = '', sum = '', escaped = '' } = checksum.exec(line)?.groups ?? {};
    const name = escaped === '' ? path : path.replaceAll('\\\\', '\\');
    const known = files.get(name);
    if (known !== undefined) files.set(name, { ...known, sha256: sum });
  }
  return { files, directories };
}
