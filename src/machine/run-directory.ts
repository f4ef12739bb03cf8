/**
 * Each detached command has a run directory, private to root, with
 *
 *     script      the script
 *     claim       a directory: the launch that creates it runs the script, so that several launches run it once
 *     runner      process id and start time of the shell that runs it
 *     output      standard output and error, as one stream
 *     status      the exit status, written last and in one step
 *     disk-full   exists when there was no room for more output
 *
 * It is in `/run`, which is memory, as long as there is room for the largest output, and else in `/var/tmp`, below a
 * name of this boot. A run of an earlier boot is not found.
 */
const inMemory = '/run/commissaire';
const onDisk = '/var/tmp/commissaire-$(cat /proc/sys/kernel/random/boot_id)';

/** Bytes of the output that stay on the machine: the beginning, and two parts of which the last bytes are. */
export const kept = { first: 48 * 1024 * 1024, part: 8 * 1024 * 1024 } as const;
/** Kibibytes, with the script and the files of the run. */
const roomForRun = (kept.first + 2 * kept.part) / 1024 + 1024;
/** Kibibytes without which no command is started. */
const leastRoom = 256;

/** Where the run directory of a command may be, for a person who looks for it. */
export function placesOf(id: string): string {
  return `${inMemory}/${id} or /var/tmp/commissaire-*/${id}`;
}

/**
 * A script that leaves the run directory in `$directory`: the existing one, and else an empty text. Another user could
 * create a directory in `/var/tmp`: only those of root count.
 */
export function findDirectory(id: string): string {
  return `
directory=
for root in ${inMemory} "${onDisk}"; do
  if [ -z "$directory" ] && [ ! -L "$root" ] && [ -O "$root" ] && [ -d "$root/${id}" ]; then directory=$root/${id}; fi
done
`;
}

/** The same, which creates it if there is none. The script ends with 1, and the reason, when it cannot. */
export function makeDirectory(id: string): string {
  return `${findDirectory(id)}
umask 077
room() { df -kP "$1" 2>/dev/null | { read -r _; read -r _ _ _ free _; echo "\${free:-0}"; }; }
if [ -z "$directory" ]; then
  memory=$(room /run); disk=$(room /var/tmp)
  if [ "$memory" -ge ${roomForRun} ] || [ "$memory" -ge "$disk" ]; then root=${inMemory}; free=$memory
  else root=${onDisk}; free=$disk; fi
  if [ "$free" -lt ${leastRoom} ]; then
    echo "no room: $memory KiB are free in /run, and $disk KiB in /var/tmp" >&2
    exit 1
  fi
  for old in /var/tmp/commissaire-*; do
    [ "$old" = "${onDisk}" ] || [ -L "$old" ] || [ ! -O "$old" ] || rm -rf "$old"
  done
  mkdir -p "$root" && [ ! -L "$root" ] && [ -O "$root" ] && chmod 0700 "$root" || {
    echo "$root is not a directory of root" >&2
    exit 1
  }
  directory=$root/${id}
  mkdir -p "$directory" || exit 1
fi
`;
}
