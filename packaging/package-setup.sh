#!/bin/sh
# What the packages for Debian and Fedora do once their files are in place. Usage: setup
#
# Makes the user of the service, its directories and, when there is none, a first configuration with an administrator,
# whose password it writes into a file for root. It can be run again at any time, and changes only what is missing.
set -eu

user='commissaire'
config_dir='/etc/commissaire'
data_dir='/var/lib/commissaire'
first_login=$config_dir/first-login

main() {
  make_user
  make_directories
  make_configuration
  hand_over_data
}

make_user() {
  ! id "$user" >/dev/null 2>&1 || return 0
  if command -v systemd-sysusers >/dev/null; then
    systemd-sysusers commissaire.conf
  else
    useradd --system --user-group --home-dir "$data_dir" --no-create-home --shell /usr/sbin/nologin --comment Commissaire "$user"
  fi
}

make_directories() {
  mkdir -p "$config_dir" "$data_dir/tmp"
  chown "root:$user" "$config_dir"
  chmod 0750 "$config_dir"
  chown "$user:$user" "$data_dir" "$data_dir/tmp"
  chmod 0700 "$data_dir" "$data_dir/tmp"
}

# `init` shows the password once, so its output goes to a file before anybody can lose it.
make_configuration() {
  [ ! -e "$config_dir/commissaire.conf" ] && [ ! -e "$data_dir/commissaire.conf" ] || return 0
  unset COMMISSAIRE_DATA_DIR
  if ! (umask 077 && BUN_TMPDIR="$data_dir/tmp" /usr/bin/commissaire init >"$first_login"); then
    rm -f "$first_login"
    echo "commissaire: 'commissaire init' failed, as it says above; mend that, then: /usr/lib/commissaire/setup" >&2
    exit 1
  fi
  echo "commissaire: made a first configuration; the password of its administrator is in $first_login"
}

# `init` ran as root.
hand_over_data() {
  if [ -n "$(find "$data_dir" ! -user "$user" | head -n 1)" ]; then
    chown -hR "$user:$user" "$data_dir"
  fi
  if [ -e "$config_dir/commissaire.conf" ]; then
    chown "root:$user" "$config_dir/commissaire.conf"
    chmod 0640 "$config_dir/commissaire.conf"
  fi
}

main "$@"
