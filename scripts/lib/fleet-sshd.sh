# shellcheck shell=bash
# Sourced by scripts/fleet: OpenSSH daemons on loopback, each of which listens on several addresses.

# sshd accepts no more listening sockets than this (MAX_LISTEN_SOCKS in its source), and
# listening on 0.0.0.0 instead would leave loopback.
readonly ADDRESSES_PER_SSHD=16
readonly MAX_SSHD_HOSTS=256

sshd_program() {
  # sshd re-executes itself and so insists on an absolute path; /usr/sbin is seldom in a user's PATH.
  PATH=$PATH:/usr/sbin:/sbin:/usr/local/sbin type -P sshd || true
}

up_sshd() {
  local count=$1 sshd_options=$2 block port attempt group groups started
  # sshd insists on this directory when it is root, and only an init system makes it.
  ((EUID != 0)) || install -d -m 0755 /run/sshd
  ssh-keygen -q -t ed25519 -N '' -C "fleet-$NAME" -f "$STATE/ssh_host_ed25519_key"
  groups=$(((count + ADDRESSES_PER_SSHD - 1) / ADDRESSES_PER_SSHD))

  for attempt in 1 2 3 4 5 6 7 8; do
    # Below the range that outgoing connections take their ports from.
    port=$((20000 + RANDOM % 12000))
    # Three digits, so that addresses are as wide in every run.
    block=$((100 + RANDOM % 150))
    started=yes
    for ((group = 0; group < groups; group++)); do
      start_sshd "$group" "$count" "$block" "$port" "$sshd_options"
    done
    for ((group = 0; group < groups; group++)); do
      await_sshd "$group" || { started='' && break; }
    done
    [[ -z $started ]] || break
    if ! grep -qs 'Address already in use' "$STATE"/sshd*.log; then
      tail_of "$STATE/sshd$group.log"
      fail "sshd did not start"
    fi
    stop_recorded
    rm -f "$STATE"/sshd*.log
  done
  [[ $started ]] || fail "found no free port on loopback in $attempt attempts"

  local k user
  user=$(id -un)
  for ((k = 1; k <= count; k++)); do
    printf 'h%s %s %s -\n' "$k" "$(loopback_address "$block" "$k")" "$port"
  done >"$STATE/hosts.new"
  write_inventory sshd "$user" <"$STATE/hosts.new"
  awk -v key="$(cut -d' ' -f1,2 "$STATE/ssh_host_ed25519_key.pub")" '{ print "[" $2 "]:" $3 " " key }' "$STATE/hosts.new" >"$STATE/known_hosts"
  rm "$STATE/hosts.new"
  if ! ssh -F "$STATE/ssh_config" h1 true </dev/null 2>"$STATE/login.log" 9>&-; then
    tail_of "$STATE/login.log"
    tail_of "$STATE/sshd0.log"
    fail "sshd runs, but $user cannot log in to it"
  fi
  say "fleet '$NAME' is up: $count sshd hosts on port $port"
}

loopback_address() { printf '127.77.%s.%s' $(($1 + $2 / 256)) $(($2 % 256)); }

start_sshd() {
  local group=$1 count=$2 block=$3 port=$4 sshd_options=$5 k
  local config=$STATE/sshd$group.conf first=$(($1 * ADDRESSES_PER_SSHD + 1))
  {
    for ((k = first; k < first + ADDRESSES_PER_SSHD && k <= count; k++)); do
      printf 'ListenAddress %s:%s\n' "$(loopback_address "$block" "$k")" "$port"
    done
    # Of two lines with the same keyword sshd takes the first.
    printf '%s' "$sshd_options"
    cat <<CONF
HostKey $STATE/ssh_host_ed25519_key
AuthorizedKeysFile $STATE/authorized_keys
PidFile $STATE/sshd$group.pid
PasswordAuthentication no
KbdInteractiveAuthentication no
PermitRootLogin prohibit-password
StrictModes no
UsePAM no
UseDNS no
PrintMotd no
PrintLastLog no
MaxSessions 100
MaxStartups 1000:30:2000
LogLevel VERBOSE
# bash sources .bashrc under sshd only when it thinks it is the outermost shell, and some
# machines have one that takes half a second. The second variable marks what a login started,
# so that it can be found when the fleet goes down.
SetEnv SHLVL=1 COMMISSAIRE_FLEET_SESSION=$STATE
CONF
  } >"$config"
  # Newer daemons refuse an address after failed logins, and all of a test's come from one.
  if ! "$(sshd_program)" -o PerSourcePenalties=no -t -f "$config" >/dev/null 2>&1; then
    detach "sshd$group" /dev/null "$(sshd_program)" -D -f "$config" -E "$STATE/sshd$group.log"
  else
    detach "sshd$group" /dev/null "$(sshd_program)" -D -o PerSourcePenalties=no -f "$config" -E "$STATE/sshd$group.log"
  fi
}

# True once every address of the group listens: sshd goes on when it could bind only some.
await_sshd() {
  local group=$1 log=$STATE/sshd$1.log deadline=$((SECONDS + 10))
  while ((SECONDS < deadline)); do
    # sshd writes its PidFile after it has tried to bind all its addresses.
    if [[ -s $STATE/sshd$group.pid ]]; then
      if grep -q 'Address already in use' "$log"; then return 1; fi
      return 0
    fi
    recorded_alive "$STATE/pids/sshd$group" || return 1
    sleep 0.02
  done
  return 1
}
