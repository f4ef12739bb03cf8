import { AppError } from '../lib/errors.ts';
import { shellQuote } from '../ssh/quote.ts';
import type { Session } from '../ssh/session.ts';

/** What stands on the machine where a file is to be. Of a link all is that of what it leads to, and there is no sum. */
export interface FoundFile {
  mode: string;
  user: string;
  uid: string;
  groupName: string;
  gid: string;
  sha256: string | undefined;
}

export interface Found {
  /** Of the files that were asked about, those that are there, by path. */
  files: ReadonlyMap<string, FoundFile>;
  directories: ReadonlySet<string>;
}

/** Milliseconds, for reading as much as a copy may hold. */
const deadlineMs = 3_600_000;
/** Of one file's lines in the answer, without its name: attributes, names of owner and group, sum. */
const lineBytes = 400;

/**
 * Looks at all the places below `base` in one command.
 *
 * @throws AppError `command_failed` when the answer is not whole, and what `Session.exec` throws
 */
export async function inspect(
  session: Session,
  base: string,
  { files, directories }: { files: readonly string[]; directories: readonly string[] },
  signal: AbortSignal,
): Promise<Found> {
  // A slash tells a directory from a file; no name holds a line break.
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

/** Attributes of many files at a time, then their sums: a process for each would take its time. */
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
/** sha256sum puts a backslash before a line in whose name it has escaped something. */
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
