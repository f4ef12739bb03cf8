import { kept } from './run-directory.ts';

/**
 * Shell functions that keep the output of a command within bounds: `keep_output` reads it, `finish_output` makes one
 * text of what was kept. Both work in the run directory.
 *
 * The output goes through a pipe, so that a command cannot write faster than it is bounded. What comes after the first
 * part is in two files by turns: when the newer one is full, it takes the place of the older one, whose bytes are left
 * out. One dd reads up to 64 times and passes on each read at once: a process for each line would slow the command down.
 *
 * When the disk is full, or `open` is gone because the command has ended and only what it left running still prints, the
 * rest is read and dropped. A writer must never find the pipe closed.
 */
export const outputKeeper = `
size_of() { wc -c <"$1" 2>/dev/null || echo 0; }
keep_output() {
  file=output; size=0
  while [ -e open ]; do
    dd bs=65536 count=64 2>/dev/null >>$file
    failure=$?
    before=$size; size=$(($(size_of $file)))
    if [ $failure -eq 1 ]; then mv room-for-disk-full disk-full; break; fi
    if [ $size -eq $before ]; then rm -f open; return; fi
    case $file in
      output) [ $size -lt ${kept.first} ] || { file=newer; size=0; } ;;
      *) [ $size -lt ${kept.part} ] || { [ ! -e older ] || left_out older; mv newer older; size=0; } ;;
    esac
  done
  cat >/dev/null
}
left_out() { echo $(($(cat left-out 2>/dev/null || echo 0) + $(size_of "$1"))) >left-out; }

finish_output() {
  if [ -e newer ] || [ -e older ]; then
    [ ! -e left-out ] || printf '\\n---- %s bytes of output are left out here ----\\n' "$(cat left-out)" >>output
    for file in older newer; do
      [ ! -e $file ] || cat $file >>output || { mv room-for-disk-full disk-full; break; }
    done 2>/dev/null
    rm -f older newer
  fi
}
`;
