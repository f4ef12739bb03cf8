#!/bin/sh
# Installs Commissaire on this machine, or upgrades it. Running it again changes only what has to change, and restarts
# the service only when something did change. It never asks a question, and never writes into /tmp.
#
#   curl -fsSL https://HOST/install.sh | sudo sh
#   sudo sh install.sh
#   ssh root@jump sh -s <install.sh
#   sudo INSTALL_COMMISSAIRE_ARTIFACT_PATH=/media/commissaire-1.2.3 sh install.sh     (no network)
#
# Usage: install.sh [--check | --rollback [--restore-snapshot] | --help]
#
#   --check              print the installed and the available version, and change nothing. The exit code is 0 when the
#                        installed version is the available one, and 10 when it is not
#   --rollback           put the previous file back, and restart the service
#   --restore-snapshot   with --rollback: also put the snapshot of the store back that the upgrade made. What was
#                        written since the upgrade is kept apart, in the data directory
#
# Variables. Each begins with INSTALL_COMMISSAIRE_:
#
#   VERSION          the version to install; by default the one that the channel names. An older version than the
#                    installed one is only installed when it is named here
#   CHANNEL          the channel that names the version; "stable" by default
#   BASE_URL         where the releases are: BASE_URL/VERSION/… and BASE_URL/channels/CHANNEL
#   ARTIFACT_PATH    a local directory with one release. Nothing is fetched then
#   PUBLIC_KEY_FILE  a file with the public keys of a site that signs releases itself: the three lines
#                    release_ecdsa_key='…', release_minisign_key='…' and release_ssh_key='…' of its own install.sh
#   BIN_DIR          directory of the programs, /usr/local/bin by default. It must be writable and may not be noexec
#   DATA_DIR         data directory, /var/lib/commissaire by default; the one of the last installation when there is one
#   SKIP_START       1: do not start or restart the service
#   SKIP_ENABLE      1: do not let the service start at boot
#   FORCE_RESTART    1: restart the service even when nothing changed
#   DRY_RUN          1: print what would be done, and change nothing
#   CLIENT_ONLY      1: install only commctl, without a service; needs no root when BIN_DIR is writable
#
# A release is a directory of files: commissaire-TARGET.zst (.xz, .gz), VERSION, SHA256SUMS, and signatures of
# SHA256SUMS. The script verifies a signature with openssl, minisign or ssh-keygen, whichever this machine has, and the
# checksum of everything it uses. Without one of them it installs nothing.

set -eu

# BEGIN RELEASE SETTINGS
release_base_url=''
release_ecdsa_key=''
release_minisign_key=''
release_ssh_key=''
# END RELEASE SETTINGS

main() {
  umask 022
  PATH=$PATH:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
  export PATH
  read_words "$@"
  read_settings
  trap clean_up EXIT
  trap 'exit 129' HUP
  trap 'exit 130' INT
  trap 'exit 143' TERM
  case $action in
    install) install_release ;;
    check) check_release ;;
    rollback) roll_back ;;
  esac
}

# --- what is asked for -----------------------------------------------------------------------

read_words() {
  action=install restore_snapshot=no
  for word in "$@"; do
    case $word in
      --check) action=check ;;
      --rollback) action=rollback ;;
      --restore-snapshot) restore_snapshot=yes ;;
      -h | --help) usage && exit 0 ;;
      *) refuse "unknown word '$word'; there are --check, --rollback, --restore-snapshot and --help" ;;
    esac
  done
  [ "$restore_snapshot" = no ] || [ "$action" = rollback ] || refuse '--restore-snapshot needs --rollback'
}

usage() {
  say 'Usage: install.sh [--check | --rollback [--restore-snapshot] | --help]'
  say
  say 'Installs Commissaire on this machine, or upgrades it. The variables that change what it does'
  say 'begin with INSTALL_COMMISSAIRE_; the beginning of the script describes each of them.'
}

read_settings() {
  version=${INSTALL_COMMISSAIRE_VERSION-}
  channel=${INSTALL_COMMISSAIRE_CHANNEL:-stable}
  base_url=${INSTALL_COMMISSAIRE_BASE_URL:-$release_base_url}
  artifact_path=${INSTALL_COMMISSAIRE_ARTIFACT_PATH-}
  public_key_file=${INSTALL_COMMISSAIRE_PUBLIC_KEY_FILE-}
  bin_dir=${INSTALL_COMMISSAIRE_BIN_DIR:-/usr/local/bin}
  skip_start=$(switch SKIP_START "${INSTALL_COMMISSAIRE_SKIP_START-}")
  skip_enable=$(switch SKIP_ENABLE "${INSTALL_COMMISSAIRE_SKIP_ENABLE-}")
  force_restart=$(switch FORCE_RESTART "${INSTALL_COMMISSAIRE_FORCE_RESTART-}")
  dry_run=$(switch DRY_RUN "${INSTALL_COMMISSAIRE_DRY_RUN-}")
  client_only=$(switch CLIENT_ONLY "${INSTALL_COMMISSAIRE_CLIENT_ONLY-}")
  base_url=${base_url%/} bin_dir=${bin_dir%/}
  config_dir=/etc/commissaire user=commissaire
  # What the last installation noted beside the file.
  notes=$bin_dir/.commissaire.release
  data_dir=${INSTALL_COMMISSAIRE_DATA_DIR:-$(noted data_dir)}
  data_dir=${data_dir:-/var/lib/commissaire}
  data_dir=${data_dir%/}
  check_path BIN_DIR "$bin_dir"
  check_path DATA_DIR "$data_dir"
  check_word VERSION "$version"
  check_word CHANNEL "$channel"
  read_public_keys
  work='' changed=no
}

switch() {
  case $2 in
    '' | 0 | no | false | off) echo no ;;
    1 | yes | true | on) echo yes ;;
    *) refuse "INSTALL_COMMISSAIRE_$1 is '$2'; give it 1 or 0" ;;
  esac
}

# The paths are written into the unit and into scripts.
check_path() {
  case $2 in
    *[!A-Za-z0-9._/+-]*) refuse "INSTALL_COMMISSAIRE_$1 is '$2'; its path may have letters, digits and . _ + - only" ;;
    */../* | */..) refuse "INSTALL_COMMISSAIRE_$1 is '$2'; name the directory without .." ;;
    /?*) ;;
    *) refuse "INSTALL_COMMISSAIRE_$1 is '$2'; it must be an absolute path" ;;
  esac
}

check_word() {
  case $2 in
    *[!A-Za-z0-9._+-]* | .* | -*) refuse "INSTALL_COMMISSAIRE_$1 is '$2'; it may have letters, digits and . _ + - only" ;;
  esac
}

read_public_keys() {
  [ -n "$public_key_file" ] || return 0
  [ -r "$public_key_file" ] || refuse "cannot read INSTALL_COMMISSAIRE_PUBLIC_KEY_FILE, $public_key_file"
  release_ecdsa_key=$(assigned release_ecdsa_key "$public_key_file")
  release_minisign_key=$(assigned release_minisign_key "$public_key_file")
  release_ssh_key=$(assigned release_ssh_key "$public_key_file")
}

# The value of NAME='VALUE' or NAME=VALUE in a file, which is only read, never run.
assigned() { sed -n "s/^$1='\{0,1\}\([^']*\)'\{0,1\}\$/\1/p" "$2" 2>/dev/null | head -n 1; }
noted() { [ ! -r "$notes" ] || assigned "$1" "$notes"; }

# --- talking ---------------------------------------------------------------------------------

say() { printf '%s\n' "$*"; }
step() { printf '%s\n' "- $*"; }
warn() { printf 'install.sh: %s\n' "$*" >&2; }
# The request cannot be met as given: 2. Something failed: 1.
refuse() { warn "$*" && exit 2; }
fail() { warn "$*" && exit 1; }
has() { command -v "$1" >/dev/null 2>&1; }
is_dry() { [ "$dry_run" = yes ]; }

# --- the whole of each action ----------------------------------------------------------------

install_release() {
  detect_platform
  check_rights
  check_source
  find_service_manager
  choose_version
  describe_change
  if is_dry; then
    describe_rest
    return 0
  fi
  make_work_directory "$bin_dir"
  verify_release
  check_direction
  check_link commctl
  [ "$client_only" = yes ] || check_link commissaire-server
  get_program
  place_program
  if [ "$client_only" = yes ]; then
    note_release
    say "commctl $version is installed: $bin_dir/commctl"
    return 0
  fi
  place_links
  make_user
  make_directories
  place_service
  first_configuration
  hand_over_data
  note_release
  run_service
  finish
}

check_release() {
  detect_platform
  check_source
  choose_version
  if [ -w "$bin_dir" ]; then
    make_work_directory "$bin_dir"
  else
    make_work_directory "${XDG_CACHE_HOME:-${HOME:-/var/tmp}}"
  fi
  verify_release
  current=$(version_of "$bin_dir/commissaire")
  say "installed: ${current:-none}"
  say "available: $version"
  [ "$current" = "$version" ] || exit 10
}

roll_back() {
  detect_platform
  check_rights
  find_service_manager
  previous=$bin_dir/commissaire.previous
  [ -x "$previous" ] || refuse "there is no previous version: $previous is not there; install one with INSTALL_COMMISSAIRE_VERSION"
  [ "$client_only" = no ] || refuse 'a client is rolled back by INSTALL_COMMISSAIRE_VERSION'
  version=$(version_of "$previous") current=$(version_of "$bin_dir/commissaire")
  [ -n "$version" ] || fail "$previous does not start on this machine"
  judge_store
  say "Rolling back from $current to $version."
  if is_dry; then
    [ -z "$snapshot" ] || step "would put the snapshot $snapshot back, and keep the present store in $data_dir"
    step "would exchange $bin_dir/commissaire and $previous, and restart the service"
    return 0
  fi
  make_work_directory "$bin_dir"
  stop_service
  [ -z "$snapshot" ] || put_snapshot_back
  exchange_programs
  changed=yes
  # An older version may have no unit of its own.
  "$bin_dir/commissaire" print systemd-unit >/dev/null 2>&1 && place_service
  hand_over_data
  note_release
  run_service
  say "Commissaire $version is back. To go forward again: commissaire upgrade"
}

# --- this machine ----------------------------------------------------------------------------

detect_platform() {
  kernel=$(uname -s) machine=$(uname -m)
  case $machine in
    x86_64 | amd64) cpu=x64 ;;
    aarch64 | arm64) cpu=arm64 ;;
    *) refuse "there is no build for the processor '$machine'; there are builds for x86_64 and arm64" ;;
  esac
  case $kernel in
    Linux)
      target=$(linux_target)
      check_glibc
      ;;
    Darwin)
      target=darwin-$cpu
      [ "$client_only" = yes ] || warn 'on macOS only the client, commctl, is installed'
      client_only=yes
      ;;
    *) refuse "there is no build for the system '$kernel'; there are builds for Linux, and the client for macOS" ;;
  esac
}

linux_target() {
  if is_musl; then
    # The build for musl needs no AVX2.
    echo "linux-$cpu-musl"
  elif [ "$cpu" = x64 ] && ! has_avx2; then
    echo linux-x64-baseline
  else
    echo "linux-$cpu"
  fi
}

is_musl() {
  for loader in /lib64/ld-linux-x86-64.so.2 /lib/ld-linux-aarch64.so.1; do
    [ ! -e "$loader" ] || return 1
  done
  for loader in /lib/ld-musl-*.so.1; do
    [ ! -e "$loader" ] || return 0
  done
  return 1
}

# What the server's store is linked with. The client runs on older systems.
check_glibc() {
  case $client_only/$target in yes/* | *-musl) return ;; esac
  glibc=$(getconf GNU_LIBC_VERSION 2>/dev/null | sed -n 's/^glibc \([0-9]*\.[0-9]*\).*/\1/p')
  # Without an answer nothing is known; then the start of the server tells.
  [ "$glibc" ] || return 0
  [ "${glibc%%.*}" -gt 2 ] || [ "${glibc#*.}" -ge 34 ] ||
    refuse "the server needs glibc 2.34 or later (Debian 12, Ubuntu 22.04, RHEL 9), and this machine has $glibc; install only commctl here with INSTALL_COMMISSAIRE_CLIENT_ONLY=1"
}

has_avx2() {
  # Without the file nothing is known, and the baseline build runs everywhere.
  [ -r /proc/cpuinfo ] && grep -qw avx2 /proc/cpuinfo
}

check_rights() {
  [ "$client_only" = no ] || return 0
  [ "$(id -u)" = 0 ] || is_dry ||
    refuse 'this needs root: run it with sudo; or install only commctl with INSTALL_COMMISSAIRE_CLIENT_ONLY=1'
  check_no_package "$bin_dir/commissaire"
  check_no_package /usr/bin/commissaire
}

# The package manager must stay the only one that changes the files of a package.
check_no_package() {
  [ -e "$1" ] || return 0
  if has dpkg && dpkg -S "$1" >/dev/null 2>&1; then
    refuse "$1 belongs to a package; upgrade it with apt-get, or remove the package first"
  elif has rpm && rpm -qf "$1" >/dev/null 2>&1; then
    refuse "$1 belongs to a package; upgrade it with dnf, or remove the package first"
  fi
}

check_source() {
  [ -n "$artifact_path" ] || [ -n "$base_url" ] ||
    refuse 'this copy of install.sh does not know where the releases are; set INSTALL_COMMISSAIRE_BASE_URL to the address of a release server, or INSTALL_COMMISSAIRE_ARTIFACT_PATH to a local directory with a release'
  [ -n "$release_ecdsa_key$release_minisign_key$release_ssh_key" ] ||
    refuse 'this copy of install.sh has no public key to verify a release with; use the install.sh of the release, or name a file with the keys in INSTALL_COMMISSAIRE_PUBLIC_KEY_FILE'
  [ -z "$artifact_path" ] || [ -d "$artifact_path" ] ||
    refuse "INSTALL_COMMISSAIRE_ARTIFACT_PATH is '$artifact_path', which is no directory"
  [ -n "$artifact_path" ] || has curl || has wget ||
    refuse 'neither curl nor wget is installed; install one of them, or carry a release here and name its directory in INSTALL_COMMISSAIRE_ARTIFACT_PATH'
}

find_service_manager() {
  service_manager=none
  [ "$client_only" = no ] || return 0
  if [ -d /run/systemd/system ]; then
    service_manager=systemd
  elif has openrc-run && has rc-update; then
    service_manager=openrc
  elif has systemctl; then
    # An image that is being built: the unit is enabled, and nothing can be started.
    service_manager=systemd skip_start=yes
  fi
}

# --- which version ---------------------------------------------------------------------------

choose_version() {
  current=$(version_of "$bin_dir/commissaire")
  wanted=$version
  if [ -n "$artifact_path" ]; then
    [ -r "$artifact_path/VERSION" ] || fail "$artifact_path is no release: it has no file VERSION"
    version=$(head -n 1 "$artifact_path/VERSION")
    [ -z "$wanted" ] || [ "$wanted" = "$version" ] ||
      refuse "$artifact_path has the version $version, and INSTALL_COMMISSAIRE_VERSION says $wanted"
  elif [ -z "$version" ]; then
    version=$(fetch_text "$base_url/channels/$channel") ||
      fail "cannot read which version the channel '$channel' has, from $base_url/channels/$channel; check INSTALL_COMMISSAIRE_BASE_URL, INSTALL_COMMISSAIRE_CHANNEL and the network"
    version=$(printf '%s\n' "$version" | head -n 1)
  fi
  case $version in
    '' | .* | -* | *[!A-Za-z0-9._+-]*) fail "'$version' is no version; the release or its channel is damaged" ;;
  esac
}

# A file that does not start, or is not there, has none.
version_of() {
  [ -x "$1" ] || return 0
  words=$("$1" --version 2>/dev/null) || return 0
  case $words in
    'commissaire '*) printf '%s' "${words#commissaire }" ;;
  esac
}

describe_change() {
  if [ -z "$current" ]; then
    say "Installing Commissaire $version ($target)."
  elif [ "$current" = "$version" ]; then
    say "Commissaire $version is installed; checking that everything is in place."
  else
    say "Upgrading Commissaire from $current to $version ($target)."
  fi
}

# The channel is not signed: whoever can change it must not be able to bring an old version back.
check_direction() {
  [ -n "$current" ] && [ -z "$wanted" ] && [ "$action" = install ] || return 0
  ! is_older "$version" "$current" ||
    refuse "the version $version is older than the installed one, $current; to go back use 'commissaire upgrade --rollback', or name it in INSTALL_COMMISSAIRE_VERSION"
}

# Whether the first version is older, by its three numbers.
is_older() {
  a=${1%%[-+]*} b=${2%%[-+]*}
  for _ in 1 2 3; do
    x=${a%%.*} y=${b%%.*}
    case $x$y in *[!0-9]* | '') return 1 ;; esac
    [ "${x:-0}" -ge "${y:-0}" ] || return 0
    [ "${x:-0}" -le "${y:-0}" ] || return 1
    case $a in *.*) a=${a#*.} ;; *) a=0 ;; esac
    case $b in *.*) b=${b#*.} ;; *) b=0 ;; esac
  done
  return 1
}

# --- the working directory -------------------------------------------------------------------

# It is beside the programs: a file is replaced atomically only from the same file system. Its name is fixed, so it is
# also the lock between two runs, and what a killed run left is found again.
make_work_directory() {
  place=$1/.commissaire-install
  if [ ! -d "$1" ]; then
    mkdir -p "$1" 2>/dev/null || unwritable "$1"
  fi
  if ! (umask 077 && mkdir "$place") 2>/dev/null; then
    [ -d "$place" ] || unwritable "$1"
    other=$(cat "$place/pid" 2>/dev/null) || other=''
    [ -z "$other" ] || ! kill -0 "$other" 2>/dev/null ||
      fail "another install.sh is at work here, with the process id $other; wait for it, or end it"
    rm -rf "$place"
    (umask 077 && mkdir "$place") 2>/dev/null || unwritable "$1"
  fi
  work=$place
  TMPDIR=$work
  export TMPDIR
  echo $$ >"$work/pid" || fail "cannot write to $work; is the disk full?"
}

unwritable() {
  [ "$1" = "$bin_dir" ] || fail "cannot write to $1"
  fail "cannot write to $1, which may be mounted read-only; set INSTALL_COMMISSAIRE_BIN_DIR to a directory for programs that is writable, such as /opt/commissaire/bin"
}

# shellcheck disable=SC2317 # the trap calls it
clean_up() {
  [ -z "${work-}" ] || rm -rf "$work"
}

# --- getting and verifying -------------------------------------------------------------------

fetch_text() {
  if has curl; then
    curl --fail --silent --show-error --location --retry 2 --connect-timeout 20 "$1"
  else
    wget -q -O - "$1"
  fi
}

# Gets a file of the release into the working directory. What went wrong is in fetch.log.
fetch() {
  if [ -n "$artifact_path" ]; then
    cp "$artifact_path/$1" "$work/$1" 2>"$work/fetch.log"
  elif has curl; then
    curl --fail --silent --show-error --location --retry 2 --connect-timeout 20 \
      --output "$work/$1" "$base_url/$version/$1" 2>"$work/fetch.log"
  else
    wget -q -O "$work/$1" "$base_url/$version/$1" 2>"$work/fetch.log"
  fi
}

require() {
  fetch "$1" || fail "cannot get $1 from ${artifact_path:-$base_url/$version}: $(head -n 3 "$work/fetch.log")"
}

verify_release() {
  require SHA256SUMS
  verify_signature
  require VERSION
  check_sum VERSION
  signed=$(head -n 1 "$work/VERSION")
  [ "$signed" = "$version" ] || fail "the release that was asked for is $version, and the signed one is $signed; nothing was changed"
}

# One good signature is enough. A bad one ends the installation, whatever the others say.
verify_signature() {
  reasons=''
  for tool in openssl minisign ssh-keygen; do
    can_verify "$tool" || continue
    file=$(signature_file "$tool")
    if ! fetch "$file"; then
      reasons="$reasons; the release has no $file"
      continue
    fi
    verify_with "$tool" "$work/$file" >"$work/verify.log" 2>&1 ||
      fail "the signature $file of the release is wrong, says $tool: $(head -n 2 "$work/verify.log"); nothing was changed. Do not use this release: it is damaged, or not from whom you think"
    [ "$action" != install ] || step "verified the signature with $tool"
    return 0
  done
  fail "no signature of the release could be verified$reasons; install openssl, minisign, or ssh-keygen of OpenSSH 8.1 or later; nothing was changed"
}

can_verify() {
  has "$1" || return 1
  case $1 in
    openssl) [ -n "$release_ecdsa_key" ] ;;
    minisign) [ -n "$release_minisign_key" ] ;;
    # Before OpenSSH 8.1 it does not know -Y.
    ssh-keygen) [ -n "$release_ssh_key" ] && ! ssh-keygen -Y verify 2>&1 | grep -Eqi '(unknown|illegal|invalid) option' ;;
  esac
}

signature_file() {
  case $1 in
    openssl) echo SHA256SUMS.ecdsa ;;
    minisign) echo SHA256SUMS.minisig ;;
    ssh-keygen) echo SHA256SUMS.sshsig ;;
  esac
}

verify_with() {
  case $1 in
    openssl) verify_with_openssl "$2" ;;
    minisign) minisign -V -q -P "$release_minisign_key" -x "$2" -m "$work/SHA256SUMS" ;;
    ssh-keygen) verify_with_ssh "$2" ;;
  esac
}

verify_with_openssl() {
  {
    echo '-----BEGIN PUBLIC KEY-----'
    printf '%s\n' "$release_ecdsa_key" | fold -w 64
    echo '-----END PUBLIC KEY-----'
  } >"$work/ecdsa.pem"
  openssl dgst -sha256 -verify "$work/ecdsa.pem" -signature "$1" "$work/SHA256SUMS"
}

verify_with_ssh() {
  printf 'release namespaces="commissaire-release" %s\n' "$release_ssh_key" >"$work/signers"
  ssh-keygen -Y verify -f "$work/signers" -I release -n commissaire-release -s "$1" <"$work/SHA256SUMS"
}

check_sum() {
  expected=$(sum_of "$1") || fail "SHA256SUMS does not name $1; the release is not complete; nothing was changed"
  actual=$(digest "$work/$1")
  [ "$actual" = "$expected" ] ||
    fail "the checksum of $1 is wrong: it is $actual and should be $expected; the download was broken, or the file was changed. Nothing was changed here"
}

sum_of() {
  while read -r sum name; do
    [ "${name#\*}" != "$1" ] || { printf '%s' "$sum" && return 0; }
  done <"$work/SHA256SUMS"
  return 1
}

digest() {
  if has sha256sum; then
    words=$(sha256sum <"$1")
  elif has shasum; then
    words=$(shasum -a 256 <"$1")
  elif has openssl; then
    words=$(openssl dgst -sha256 -r <"$1")
  else
    fail 'this machine has no program for SHA-256; install coreutils or openssl'
  fi
  printf '%s' "${words%% *}"
}

# Leaves the verified, unpacked program in the working directory; nothing when the installed one is the same.
get_program() {
  choose_form
  artifact=commissaire-$target.$form
  artifact_sum=$(sum_of "$artifact")
  is_same=no
  if [ "$(noted artifact_sha256)" = "$artifact_sum" ] && [ -x "$bin_dir/commissaire" ] &&
    [ "$(digest "$bin_dir/commissaire")" = "$(noted program_sha256)" ]; then
    is_same=yes program_sum=$(noted program_sha256)
    return 0
  fi
  step "getting $artifact"
  require "$artifact"
  check_sum "$artifact"
  unpack "$form" "$work/$artifact" >"$work/commissaire" ||
    fail "cannot unpack $artifact into $bin_dir; see that its disk has 300 MB free; nothing was changed"
  rm -f "$work/$artifact"
  chmod 0755 "$work/commissaire"
  try_program
  program_sum=$(digest "$work/commissaire")
  [ ! -x "$bin_dir/commissaire" ] || [ "$(digest "$bin_dir/commissaire")" != "$program_sum" ] || is_same=yes
}

# The smallest form that this machine can unpack.
choose_form() {
  for form in zst xz gz; do
    if has "$(unpacker "$form")" && sum_of "commissaire-$target.$form" >/dev/null; then return 0; fi
  done
  sum_of "commissaire-$target.gz" >/dev/null ||
    fail "the release $version has no build for this machine, $target; nothing was changed"
  fail 'this machine has neither zstd, xz nor gzip; install one of them; nothing was changed'
}

unpacker() {
  case $1 in
    zst) echo zstd ;;
    xz) echo xz ;;
    gz) echo gzip ;;
  esac
}

unpack() { "$(unpacker "$1")" -dc "$2"; }

# Before anything is replaced.
try_program() {
  found=$(version_of "$work/commissaire")
  [ "$found" != "$version" ] || return 0
  [ -z "$found" ] || fail "the program says that its version is $found, and the release says $version; nothing was changed"
  reason=$("$work/commissaire" --version 2>&1 | head -n 3) || true
  case $target in
    *-musl) more="; on musl it needs libstdc++ (apk add libstdc++)" ;;
    *) more='' ;;
  esac
  fail "the program does not start on this machine: $reason$more; if $bin_dir is mounted noexec, set INSTALL_COMMISSAIRE_BIN_DIR to another directory; nothing was changed"
}

# --- putting in place ------------------------------------------------------------------------

place_program() {
  if [ "$is_same" = yes ]; then
    step "$bin_dir/commissaire is up to date"
  else
    if [ -e "$bin_dir/commissaire" ]; then
      # The name of the previous file appears at once too; the old program stays in place meanwhile.
      ln -f "$bin_dir/commissaire" "$work/previous" 2>/dev/null || cp -p "$bin_dir/commissaire" "$work/previous"
      mv -f "$work/previous" "$bin_dir/commissaire.previous"
    fi
    sync
    mv -f "$work/commissaire" "$bin_dir/commissaire"
    changed=yes
    step "installed $bin_dir/commissaire"
  fi
  place_link commctl
  relabel "$bin_dir/commissaire"
}

place_links() {
  place_link commissaire-server
  "$bin_dir/commissaire" print uninstall --executable "$bin_dir/commissaire" --data-dir "$data_dir" >"$work/uninstall"
  put_file "$work/uninstall" "$bin_dir/commissaire-uninstall.sh" 0755 || true
}

check_link() {
  [ ! -e "$bin_dir/$1" ] || [ -L "$bin_dir/$1" ] ||
    fail "$bin_dir/$1 is there and is no link to commissaire; move it away, or set INSTALL_COMMISSAIRE_BIN_DIR"
}

place_link() {
  [ "$(readlink "$bin_dir/$1" 2>/dev/null)" != commissaire ] || return 0
  rm -f "$work/link"
  ln -s commissaire "$work/link"
  mv -f "$work/link" "$bin_dir/$1"
}

# Puts a file in place when its content is new. False when it was there already.
put_file() {
  [ ! -f "$2" ] || [ "$(digest "$1")" != "$(digest "$2")" ] || return 1
  # The directory may be on another file system than the working directory.
  { rm -f "$2.new" && cp "$1" "$2.new" && chmod "$3" "$2.new" && mv -f "$2.new" "$2"; } || fail "cannot write $2"
  relabel "$2"
  step "installed $2"
}

relabel() {
  ! has restorecon || restorecon -F "$1" 2>/dev/null || true
}

make_user() {
  ! id "$user" >/dev/null 2>&1 || return 0
  shell=/usr/sbin/nologin
  [ -x "$shell" ] || shell=/sbin/nologin
  if has useradd; then
    grep -q "^$user:" /etc/group || groupadd --system "$user"
    useradd --system --gid "$user" --home-dir "$data_dir" --no-create-home --shell "$shell" --comment Commissaire "$user"
  elif has adduser; then
    grep -q "^$user:" /etc/group || addgroup -S "$user"
    adduser -S -D -H -G "$user" -h "$data_dir" -s "$shell" -g Commissaire "$user"
  else
    fail "cannot make the user '$user': neither useradd nor adduser is there; make it, then run this again"
  fi
  step "made the user $user"
}

make_directories() {
  mkdir -p "$config_dir" "$data_dir" "$data_dir/tmp"
  chown "root:$user" "$config_dir"
  chmod 0750 "$config_dir"
  chown "$user:$user" "$data_dir" "$data_dir/tmp"
  chmod 0700 "$data_dir" "$data_dir/tmp"
  if [ ! -e "$config_dir/commissaire.env" ]; then
    (umask 077 && "$bin_dir/commissaire" print environment >"$config_dir/commissaire.env")
    step "made $config_dir/commissaire.env"
  fi
}

place_service() {
  case $service_manager in
    systemd) service_file=/etc/systemd/system/commissaire.service what=systemd-unit mode=0644 ;;
    openrc) service_file=/etc/init.d/commissaire what=openrc mode=0755 ;;
    none) return 0 ;;
  esac
  "$bin_dir/commissaire" print "$what" --executable "$bin_dir/commissaire" --data-dir "$data_dir" >"$work/service"
  mkdir -p "${service_file%/*}"
  if put_file "$work/service" "$service_file" "$mode"; then
    changed=yes
    [ ! -d /run/systemd/system ] || systemctl daemon-reload
  fi
}

# The password is shown by `init` once, so its output goes to a file before anybody can lose it.
first_configuration() {
  ! is_configured || return 0
  login_file=$config_dir/first-login
  if [ "$data_dir" = /var/lib/commissaire ]; then
    (umask 077 && env -u COMMISSAIRE_DATA_DIR "$bin_dir/commissaire" init >"$login_file") || init_failed
  else
    (umask 077 && "$bin_dir/commissaire" init --data-dir "$data_dir" >"$login_file") || init_failed
  fi
  step "made a first configuration and an administrator"
  changed=yes
}

is_configured() { [ -e "$config_dir/commissaire.conf" ] || [ -e "$data_dir/commissaire.conf" ]; }

init_failed() {
  rm -f "$login_file"
  fail "'commissaire init' failed, as it says above; mend that, then run this again"
}

# What root made in the data directory belongs to the user of the service.
hand_over_data() {
  if [ -n "$(find "$data_dir" ! -user "$user" 2>/dev/null | head -n 1)" ]; then
    chown -hR "$user:$user" "$data_dir"
  fi
  if [ -e "$config_dir/commissaire.conf" ]; then
    chown "root:$user" "$config_dir/commissaire.conf"
    chmod 0640 "$config_dir/commissaire.conf"
  fi
}

note_release() {
  {
    printf "version='%s'\n" "$version"
    printf "artifact_sha256='%s'\n" "${artifact_sum-}"
    printf "program_sha256='%s'\n" "${program_sum-}"
    printf "data_dir='%s'\n" "$data_dir"
  } >"$work/notes"
  mv -f "$work/notes" "$notes"
}

# --- the service -----------------------------------------------------------------------------

run_service() {
  [ "$skip_enable" = yes ] || enable_service
  [ "$skip_start" = no ] || return 0
  if ! is_running; then
    start_service start
  elif [ "$changed" = yes ] || [ "$force_restart" = yes ] || runs_old_program; then
    start_service restart
  else
    step 'the service runs, and nothing changed: it is not restarted'
  fi
}

enable_service() {
  case $service_manager in
    systemd) systemctl --quiet is-enabled commissaire.service 2>/dev/null || systemctl --quiet enable commissaire.service ;;
    openrc) [ -e /etc/runlevels/default/commissaire ] || rc-update --quiet add commissaire default ;;
  esac
}

is_running() {
  case $service_manager in
    systemd) systemctl --quiet is-active commissaire.service ;;
    openrc) rc-service --quiet commissaire status >/dev/null 2>&1 ;;
    *) return 1 ;;
  esac
}

# An earlier run may have replaced the file without a restart.
runs_old_program() {
  [ "$service_manager" = systemd ] || return 1
  pid=$(systemctl show --property MainPID --value commissaire.service)
  [ "$(readlink "/proc/$pid/exe" 2>/dev/null)" != "$bin_dir/commissaire" ]
}

start_service() {
  case $service_manager in
    systemd)
      systemctl reset-failed commissaire.service 2>/dev/null || true
      systemctl "$1" commissaire.service || service_failed
      ;;
    openrc)
      rc-service commissaire "$1" || service_failed
      await_answer
      ;;
    none) return 0 ;;
  esac
  step "the service is ${1}ed"
}

# OpenRC does not know when the server answers; its socket is there then.
await_answer() {
  seconds=0
  until [ -S "$data_dir/commissaire.sock" ]; do
    is_running || service_failed
    [ "$seconds" -lt 60 ] || break
    seconds=$((seconds + 1))
    sleep 1
  done
}

service_failed() {
  warn 'the service does not start. The end of its log:'
  case $service_manager in
    systemd) journalctl --unit commissaire.service --lines 15 --no-pager --output cat >&2 || true ;;
    openrc) tail -n 15 /var/log/commissaire.log >&2 || true ;;
  esac
  [ ! -e "$bin_dir/commissaire.previous" ] || [ "$action" = rollback ] ||
    fail "to go back to the previous version: $bin_dir/commissaire upgrade --rollback"
  exit 1
}

stop_service() {
  case $service_manager in
    systemd) [ ! -d /run/systemd/system ] || systemctl stop commissaire.service ;;
    openrc) ! is_running || rc-service commissaire stop ;;
  esac
}

# --- going back ------------------------------------------------------------------------------

# The previous program itself says whether it can open the store. If not, the snapshot must go back with it.
judge_store() {
  snapshot=''
  [ -e "$data_dir/store/data.mdb" ] || return 0
  verdict=0
  told=$("$previous" upgrade --can-open --data-dir "$data_dir" 2>&1) || verdict=$?
  # 2: a version before this command existed. It opens a store that no upgrade has changed.
  if [ "$verdict" = 0 ] || { [ "$verdict" = 2 ] && ! find_snapshot; }; then
    [ "$restore_snapshot" = no ] || refuse "the store needs no snapshot: $version can open it as it is"
    return 0
  fi
  find_snapshot || fail "$version cannot open the store, and there is no snapshot in $data_dir/snapshots; restore a backup of that version instead. It says: $told"
  [ "$restore_snapshot" = yes ] || refuse "$version cannot open the store, which $current has upgraded. --restore-snapshot puts back what was stored before the upgrade, $found; what was written since then is kept apart and not used: commissaire upgrade --rollback --restore-snapshot"
  snapshot=$found
}

find_snapshot() {
  for found in "$data_dir"/snapshots/before-*; do
    [ ! -e "$found/store/data.mdb" ] || return 0
  done
  return 1
}

put_snapshot_back() {
  apart=$data_dir/upgraded-$(date -u +%Y-%m-%dT%H-%M-%S)
  (umask 077 && mkdir "$apart" "$apart/restored")
  cp -a "$snapshot/store" "$snapshot/master.key" "$apart/restored/"
  cp -a "$data_dir/master.key" "$apart/"
  # Between the two lines the directory has a key without a store, with which no server starts.
  mv "$data_dir/store" "$apart/"
  mv "$apart/restored/store" "$data_dir/"
  mv -f "$apart/restored/master.key" "$data_dir/"
  rmdir "$apart/restored"
  step "put the snapshot back; what was written since the upgrade is in $apart"
}

exchange_programs() {
  ln -f "$bin_dir/commissaire" "$work/newer" 2>/dev/null || cp -p "$bin_dir/commissaire" "$work/newer"
  ln -f "$previous" "$work/older" 2>/dev/null || cp -p "$previous" "$work/older"
  mv -f "$work/older" "$bin_dir/commissaire"
  mv -f "$work/newer" "$previous"
}

# --- the end ---------------------------------------------------------------------------------

describe_rest() {
  step "would verify the signature and the checksums of the release in ${artifact_path:-$base_url/$version}"
  step "would install commissaire $version into $bin_dir${current:+, and keep the present file as commissaire.previous}"
  step "would make the link commctl in $bin_dir"
  [ "$client_only" = no ] || return 0
  step "would make the link commissaire-server, and commissaire-uninstall.sh, in $bin_dir"
  id "$user" >/dev/null 2>&1 || step "would make the user $user"
  step "would make $config_dir (0750), $config_dir/commissaire.env (0600) and $data_dir (0700), where they are missing"
  is_configured || step "would run 'commissaire init'"
  [ "$service_manager" = none ] || step "would install the service for $service_manager"
  [ "$skip_enable" = yes ] || [ "$service_manager" = none ] || step 'would enable the service'
  [ "$skip_start" = yes ] || [ "$service_manager" = none ] || step 'would start the service, or restart it if anything changed'
}

finish() {
  say
  say "Commissaire $version is installed."
  case $service_manager in
    none) say "There is neither systemd nor OpenRC here. Start it with: $bin_dir/commissaire serve" ;;
  esac
  login_file=$config_dir/first-login
  [ -r "$login_file" ] || return 0
  authority=$(member 'certificate authority')
  say "Fingerprint of its certificate: $(member fingerprint)"
  say "The first password is in $login_file, which only root can read. Remove that file once you are logged in."
  say
  say 'Next:'
  say "  sudo cat $login_file"
  say "  sudo $bin_dir/commctl login https://127.0.0.1:8000 --ca $authority --username $(member username)"
  say "  sudo $bin_dir/commctl host create --help"
}

member() { sed -n "s/^$1: //p" "$login_file"; }

# On one command: a part of this script, as a broken download leaves it, does nothing.
{
  main "$@"
  exit
}
