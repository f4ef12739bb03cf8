#!/bin/sh
# Commissaire VERSION, to be installed without a network. What follows the last line of this script is a tar.
#
#   sh KIT.run [--extract DIR]
#
# Without options it installs: it extracts the kit into a directory of its own, verifies it with the public keys of the
# kit's own install.sh, and runs that. The variables of install.sh (INSTALL_COMMISSAIRE_…) have effect here too.
#
#   --extract DIR   only extracts into DIR, which must not exist
#   --list          lists what is inside
#   --help          shows this text
#
# A kit can only be as trustworthy as the way it came: compare its SHA-256 with one that came another way first.
set -eu

skip='SKIP'
size='SIZE'
name='NAME'

main() {
  case ${1:-} in
    '') install_kit ;;
    --extract)
      [ -n "${2:-}" ] || fail '--extract needs a directory'
      extract_into "$2"
      ;;
    --list)
      check_size
      payload | tar -tf -
      ;;
    -h | --help) sed -n '2,/^set /{/^set /d;s/^# \{0,1\}//;p;}' "$0" ;;
    *) fail "unknown option '$1'; see --help" ;;
  esac
}

fail() { printf 'commissaire-kit: %s\n' "$*" >&2 && exit 1; }

# A copy that was cut off must not be installed in part.
check_size() {
  [ -r "$0" ] || fail 'run this from a file: sh KIT.run'
  found=$(wc -c <"$0") || fail "cannot read $0"
  [ "$((found))" -eq "$size" ] || fail "$0 has $((found)) bytes instead of $((size)): it was not copied completely"
}

payload() { tail -n "+$skip" "$0"; }

extract_into() {
  [ ! -e "$1" ] || fail "$1 exists already"
  check_size
  (umask 022 && mkdir -p "$1")
  payload | tar -xof - -C "$1" || fail "cannot extract into $1"
  printf '%s\n' "$1/$name"
}

# Not in /tmp, which may be small, and forbid programs.
install_kit() {
  base=${INSTALL_COMMISSAIRE_WORK_DIR:-/var/tmp}
  work=$(mktemp -d "$base/commissaire-kit.XXXXXX") || fail "cannot write to $base; set INSTALL_COMMISSAIRE_WORK_DIR"
  trap 'rm -rf "$work"' EXIT
  trap 'exit 1' HUP INT TERM
  extract_into "$work/kit" >/dev/null
  INSTALL_COMMISSAIRE_ARTIFACT_PATH="$work/kit/$name" sh "$work/kit/$name/install.sh"
}

{
  main "$@"
  exit
}
