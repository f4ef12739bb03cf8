#!/bin/sh
# Removes Commissaire from this machine. Usage: commissaire-uninstall.sh [--purge]
#
# The data directory, /etc/commissaire and the user stay, so that a new installation continues with them.
# --purge removes these too: every host, every operation, the audit trail and all keys. There is no way back.
set -eu

bin_dir='/usr/local/bin'
data_dir='/var/lib/commissaire'
config_dir='/etc/commissaire'
service='commissaire'

main() {
  purge=no
  for word in "$@"; do
    case $word in
      --purge) purge=yes ;;
      -h | --help) usage && exit 0 ;;
      *) fail "unknown option '$word'; there is --purge" ;;
    esac
  done
  [ "$(id -u)" = 0 ] || fail 'run this as root'
  remove_service
  remove_programs
  if [ "$purge" = yes ]; then
    remove_data
    say 'Commissaire and its data are removed.'
  else
    say "Commissaire is removed. Its data stays: $data_dir, $config_dir, and the user $service."
    say "To remove them too: rm -r $data_dir $config_dir && userdel $service"
  fi
}

usage() {
  echo 'Usage: commissaire-uninstall.sh [--purge]'
  echo
  echo "Removes Commissaire. Without --purge, $data_dir and $config_dir stay."
}

say() { printf '%s\n' "$*"; }
fail() { printf 'commissaire-uninstall: %s\n' "$*" >&2 && exit 1; }
has() { command -v "$1" >/dev/null 2>&1; }

remove_service() {
  if [ -e "/etc/systemd/system/$service.service" ]; then
    # In an image that is being built there is no systemd to ask.
    [ ! -d /run/systemd/system ] || systemctl stop "$service.service"
    systemctl disable --quiet "$service.service" 2>/dev/null || true
    rm -f "/etc/systemd/system/$service.service"
    [ ! -d /run/systemd/system ] || systemctl daemon-reload
  fi
  if [ -e "/etc/init.d/$service" ]; then
    ! has rc-service || rc-service --ifstarted "$service" stop
    ! has rc-update || rc-update --quiet --all del "$service" 2>/dev/null || true
    rm -f "/etc/init.d/$service"
  fi
}

remove_programs() {
  for name in commctl commissaire-server; do
    # Another program of that name is none of ours.
    [ "$(readlink "$bin_dir/$name" 2>/dev/null)" != commissaire ] || rm -f "$bin_dir/$name"
  done
  rm -f "$bin_dir/commissaire" "$bin_dir/commissaire.previous" "$bin_dir/.commissaire.release"
  rm -rf "$bin_dir/.commissaire-install"
  rm -f "$bin_dir/commissaire-uninstall.sh"
}

remove_data() {
  case $data_dir in
    /?*/?*) ;;
    *) fail "$data_dir is no data directory that can be removed" ;;
  esac
  rm -rf "$data_dir" "$config_dir" "/etc/systemd/system/$service.service.d"
  rm -f /var/log/commissaire.log
  ! id "$service" >/dev/null 2>&1 || remove_user
}

remove_user() {
  if has userdel; then
    userdel "$service" || true
    ! has groupdel || groupdel "$service" 2>/dev/null || true
  elif has deluser; then
    deluser "$service" || true
    ! has delgroup || delgroup "$service" 2>/dev/null || true
  fi
}

{
  main "$@"
  exit
}
