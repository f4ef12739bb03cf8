import { createHash } from 'node:crypto';
import { AppError } from '../lib/errors.ts';
import { shellQuote } from '../ssh/quote.ts';
import type { Session } from '../ssh/session.ts';
import { type Found, type FoundFile, inspect } from './copy-inspection.ts';

export interface CopiedFile {
  /** Below the base, without a line break. */
  path: string;
  size: number;
  sha256: string;
  /** Octal; by default the mode of the existing file, else 0644. */
  mode?: string;
  /** Read once, and only when the file has to be sent. */
  content(): AsyncIterable<Uint8Array>;
}

export interface Copy {
  /** The directory of all files; absolute. */
  base: string;
  /** Mode with which a missing base is created; without it, the base must exist. */
  baseMode?: string;
  /** Whether to create the parent directory of the base, or, without a `baseMode`, the base itself. */
  parents: boolean;
  /** Below the base, parents first. Existing directories stay as they are. */
  directories: readonly { path: string; mode: string }[];
  files: readonly CopiedFile[];
  /** Names or numbers; by default those of the existing file, else root. */
  owner?: string;
  group?: string;
}

const deadlineMs = 600_000;
/** Bytes a millisecond that a machine must accept, beyond the minimum deadline of a copy. */
const slowest = 256;
const missingDirectory = 66;
const isDirectory = 67;
const isFile = 68;
const noTool = 69;
const damaged = 74;

/**
 * Writes files to the machine as root, each completely or not at all. The first file takes its place only after all
 * have arrived and their checksums match. Files that are already as wanted, and other files, stay untouched.
 *
 * @returns the paths of the files that were written
 * @throws AppError `command_failed`, and what `Session.exec` and reading a content throw
 */
export async function copyFiles(session: Session, copy: Copy, signal: AbortSignal): Promise<Set<string>> {
  const paths = { files: copy.files.map(({ path }) => path), directories: copy.directories.map(({ path }) => path) };
  const found = await inspect(session, copy.base, paths, signal);
  const files = copy.files.filter((file) => !isAsWanted(found.files.get(file.path), file, copy));
  const directories = copy.directories.filter(({ path }) => !found.directories.has(path));
  const written = new Set(files.map(({ path }) => path));
  // An empty copy must still create its base directory.
  if (files.length === 0 && directories.length === 0 && copy.files.length + copy.directories.length > 0) return written;
  const size = files.reduce((sum, file) => sum + file.size, 0);
  const input = new UntilFailure(framed({ ...copy, files, directories }, found));
  const result = await session.exec(replacement(copy), {
    deadlineMs: deadlineMs + size / slowest,
    signal,
    privileged: true,
    stdin: input,
  });
  if (input.failure !== undefined) throw input.failure;
  if (result.exitCode === 0) return written;
  const { address } = session.target;
  throw new AppError(
    'command_failed',
    `cannot write to ${copy.base} on ${address}: ${reasonOf(result.exitCode, result.stderr)}`,
    { hint: 'check the path, the free space and the names of owner and group there' },
  );
}

export function sha256(content: Uint8Array): string {
  return createHash('sha256').update(content).digest('hex');
}

function isAsWanted(found: FoundFile | undefined, { sha256: sum, mode }: CopiedFile, { owner, group }: Copy): boolean {
  return (
    found?.sha256 === sum &&
    (mode === undefined || Number.parseInt(found.mode, 8) === Number.parseInt(mode, 8)) &&
    (owner === undefined || owner === found.user || owner === found.uid) &&
    (group === undefined || group === found.groupName || group === found.gid)
  );
}

/**
 * A stream that ends where it fails. The machine misses its last line, so it does not take the stream for complete, and
 * tidies up before the command ends.
 */
class UntilFailure implements AsyncIterable<Uint8Array> {
  failure: unknown;
  readonly #stream: AsyncIterable<Uint8Array>;

  constructor(stream: AsyncIterable<Uint8Array>) {
    this.#stream = stream;
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Uint8Array> {
    try {
      yield* this.#stream;
    } catch (error) {
      this.failure = error;
    }
  }
}

/**
 * Two lines for each directory and file, followed by the content of a file; then an end, so that a cut stream is
 * noticed.
 */
async function* framed(copy: Copy, found: Found): AsyncGenerator<Uint8Array> {
  const { directories, files, owner, group } = copy;
  for (const { path, mode } of directories) {
    yield Buffer.from(`dir 0 - ${mode} ${owner ?? '0'}:${group ?? '0'}\n${path}\n`);
  }
  for (const file of files) {
    const { mode = '644', uid = '0', gid = '0' } = found.files.get(file.path) ?? {};
    const attributes = `${file.mode ?? mode} ${owner ?? uid}:${group ?? gid}`;
    yield Buffer.from(`file ${file.size} ${file.sha256} ${attributes}\n${file.path}\n`);
    yield* file.content();
  }
  yield Buffer.from('end 0 - - -\n');
}

/**
 * Receives all files into a directory beside their place, checks that they are complete, and only then moves each file
 * into its place.
 */
function replacement({ base, baseMode, parents, owner = '0', group = '0' }: Copy): string {
  const root = shellQuote(base);
  const parent = baseMode === undefined ? root : shellQuote(base.slice(0, base.lastIndexOf('/')) || '/');
  const make = `
if [ ! -d ${root} ]; then
  if [ -e ${root} ] || [ -L ${root} ]; then exit ${isFile}; fi
  mkdir ${root} && made=1 && chown ${shellQuote(`${owner}:${group}`)} ${root} && chmod ${baseMode} ${root} || exit 1
fi`;
  return `
base=${root}; new=; last=; made=; placed=
clear_up() {
  [ -z "$new" ] || rm -rf "$new"
  [ -z "$last" ] || rm -f "$last"
  [ -z "$made" ] || [ -n "$placed" ] || rmdir "$base"
}
trap clear_up EXIT; trap 'exit 1' HUP INT TERM PIPE
${parents ? `(umask 022; mkdir -p ${parent}) || exit 1` : ''}
[ -d ${parent} ] || exit ${missingDirectory}
umask 077
${baseMode === undefined ? '' : make}
new=$(mktemp -d "$base/.commissaire.XXXXXX") || exit 1
is_whole() { found=$(sha256sum <"$1") && [ "\${found%% *}" = "$2" ]; }
not_a_directory() { [ ! -d "$base/$name" ] || { printf '%s\\n' "$name" >&2; exit ${isDirectory}; }; }
spoilt() { printf '%s\\n' "$name" >&2; exit ${damaged}; }

# Whichever takes as many bytes as it is told to from a pipe and leaves the rest to others: not every head or dd does.
take() {
  case $tool in
    head) head -c "$1" ;;
    dd) dd bs=65536 count="$1" iflag=fullblock,count_bytes status=none ;;
    *) return 1 ;;
  esac
}
for tool in head dd none; do
  if printf 'abc\\nd\\n' | { take 2 >"$new/probe" && read -r rest && [ "$rest" = c ]; }; then break; fi
done
receive() {
  n=0; whole=; name=
  while read -r what size sum mode owner; do
    if [ "$what" = end ]; then whole=1; break; fi
    IFS= read -r name || break
    n=$((n + 1))
    printf '%s %s %s %s\\n%s\\n' "$what" "$sum" "$mode" "$owner" "$name" >>"$new/list" || exit 1
    [ "$what" = file ] || continue
    not_a_directory
    take "$size" >"$new/$n" && is_whole "$new/$n" "$sum" || spoilt
    chown "$owner" "$new/$n" && chmod "$mode" "$new/$n" || exit 1
  done
  [ -n "$whole" ] || spoilt
}
[ "$tool" != none ] || exit ${noTool}
cat | receive || exit $?

placed=1
[ -e "$new/list" ] || exit 0
here=$(stat -c %d "$new") || exit 1
label() { command -v restorecon >/dev/null 2>&1 && restorecon "$1" 2>/dev/null; }
n=0; seen=
while read -r what sum mode owner && IFS= read -r name; do
  n=$((n + 1)); at=$base/$name; from=$new/$n
  if [ "$what" = dir ]; then
    [ -d "$at" ] || { mkdir "$at" && chown "$owner" "$at" && chmod "$mode" "$at" || exit 1; label "$at"; }
    continue
  fi
  in=\${at%/*}
  [ "$in" = "$seen" ] || { there=$(stat -L -c %d "$in/.") && seen=$in || exit 1; }
  # Another file system may be mounted in the tree; only within one is a new name given in one step.
  [ "$there" = "$here" ] || { last=$(mktemp "$in/.commissaire.XXXXXX") && mv -f "$from" "$last" && from=$last || exit 1; }
  not_a_directory
  mv -f "$from" "$at" && is_whole "$at" "$sum" || spoilt
  last=
  label "$at"
done <"$new/list"
exit 0
`;
}

function reasonOf(exitCode: number | null, stderr: string): string {
  const said = stderr.trim();
  if (exitCode === missingDirectory) return 'the directory it is to stand in does not exist; `parents` makes it';
  if (exitCode === isDirectory) return `there is a directory of that name: ${said}`;
  if (exitCode === isFile) return 'there is something of that name that is no directory';
  if (exitCode === noTool) return 'neither head nor dd there takes as many bytes as it is told to';
  if (exitCode === damaged) return `the checksum is not that of the content: ${said}`;
  return said;
}
