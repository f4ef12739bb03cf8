# shellcheck shell=bash
# Sourced by scripts/fleet: systemd machines in a network namespace, and the removal of all they are made of.

readonly MAX_MACHINES=64
readonly READY_SECONDS=60

readonly FLEET_NET=198.51.100
readonly FLEET_HOST=254
readonly FIRST_MACHINE_HOST=10

up_machines() {
  local count=$1 k
  install -d -m 0755 "$STATE/machines"
  ip netns add "$NAMESPACE"
  ip -n "$NAMESPACE" link set lo up
  ip -n "$NAMESPACE" link add br0 type bridge
  ip -n "$NAMESPACE" address add "$FLEET_NET.$FLEET_HOST/24" dev br0
  ip -n "$NAMESPACE" link set br0 up

  # A mount under a private mount point is not copied into the mount namespaces of services.
  mount --bind "$STATE/machines" "$STATE/machines"
  mount --make-private "$STATE/machines"

  for ((k = 1; k <= count; k++)); do
    make_machine "$k"
    detach "m$k" "$STATE/machines/m$k/console.log" "$SELF" --name "$NAME" _supervise "$k"
  done
  for ((k = 1; k <= count; k++)); do
    printf 'm%s %s.%s 22 %s\n' "$k" "$FLEET_NET" $((FIRST_MACHINE_HOST + k)) "$STATE/machines/m$k/root"
  done | write_inventory machines root
  await_machines "$count"
  say "fleet '$NAME' is up: $count machines in the namespace $NAMESPACE"
}

make_machine() {
  local k=$1 dir=$STATE/machines/m$1 address=$FLEET_NET.$((FIRST_MACHINE_HOST + $1)) namespace=$NAMESPACE-m$1
  install -d -m 0755 "$dir" "$dir/upper" "$dir/work" "$dir/root"
  mount -t overlay "cmsr-$NAME-m$k" -o "lowerdir=$IMAGE,upperdir=$dir/upper,workdir=$dir/work" "$dir/root" ||
    fail "cannot mount an overlay in $dir; set COMMISSAIRE_FLEET_DIR to a directory on a plain disk file system"

  local root=$dir/root user home
  printf 'm%s\n' "$k" >"$root/etc/hostname"
  printf '127.0.0.1 localhost\n%s m%s\n' "$address" "$k" >"$root/etc/hosts"
  tr -d - </proc/sys/kernel/random/uuid >"$root/etc/machine-id"
  ssh-keygen -q -t ed25519 -N '' -C "m$k" -f "$root/etc/ssh/ssh_host_ed25519_key"
  printf '%s %s\n' "$address" "$(cut -d' ' -f1,2 "$root/etc/ssh/ssh_host_ed25519_key.pub")" >>"$STATE/known_hosts"
  for user in root operator plain; do
    home=/home/$user
    [[ $user != root ]] || home=/root
    install -d -m 0700 "$root$home/.ssh"
    install -m 0600 "$STATE/authorized_keys" "$root$home/.ssh/authorized_keys"
    # By number: the host has no such users.
    chown -R "$(stat -c %u:%g "$root$home")" "$root$home/.ssh"
  done

  ip netns add "$namespace"
  ip -n "$NAMESPACE" link add "m$k" type veth peer name host0 netns "$namespace"
  ip -n "$NAMESPACE" link set "m$k" master br0 up
  ip -n "$namespace" link set lo up
  ip -n "$namespace" address add "$address/24" dev host0
  ip -n "$namespace" link set host0 up
}

await_machines() {
  local count=$1 k waiting deadline=$((SECONDS + READY_SECONDS))
  for ((k = 1; k <= count; k++)); do
    waiting=yes
    while ((SECONDS < deadline)); do
      # As the user without rights: root gets in while the machine still turns others away.
      if in_fleet ssh -F "$STATE/ssh_config" -o ConnectTimeout=2 -l plain "m$k" true \
        </dev/null >/dev/null 2>"$STATE/login.log" 9>&-; then
        waiting='' && break
      fi
      recorded_alive "$STATE/pids/m$k" || break
      sleep 0.1
    done
    if [[ $waiting ]]; then
      tail_of "$STATE/login.log" 3
      tail_of "$STATE/machines/m$k/console.log" 25
      fail "machine m$k did not answer SSH within $READY_SECONDS seconds"
    fi
  done
}

# Runs detached, once per machine: nspawn leaves when the machine goes down, and we boot it again.
supervise() {
  local k=$1 dir=$STATE/machines/m$1 began
  join_cgroup "m$k"
  while [[ -d $dir && ! -e $STATE/stop ]]; do
    if [[ -e $dir/hold ]]; then
      sleep 0.1
      continue
    fi
    began=$SECONDS
    systemd-nspawn --quiet --register=no --keep-unit --boot --settings=no --link-journal=no \
      --resolv-conf=off --timezone=off --directory="$dir/root" --machine="cmsr-$NAME-m$k" \
      --hostname="m$k" --network-namespace-path="/run/netns/$NAMESPACE-m$k" || true
    # A machine that cannot boot must not eat a processor.
    ((SECONDS - began > 0)) || sleep 0.2
  done
}

# nspawn puts a machine into the groups "payload" and "supervisor" under its caller's. Two machines
# started from one group would share them, and each would kill the other's services.
join_cgroup() {
  local root
  for root in $(cgroup_roots); do
    mkdir -p "$root/commissaire-fleet/$NAME/$1"
    printf '%s' $$ >"$root/commissaire-fleet/$NAME/$1/cgroup.procs"
  done
}

# The hierarchies in which systemd keeps units: one on a unified host, two on a hybrid one.
cgroup_roots() {
  case $(stat -fc %T /sys/fs/cgroup 2>/dev/null) in
    cgroup2fs) printf '/sys/fs/cgroup\n' ;;
    tmpfs) find /sys/fs/cgroup -mindepth 1 -maxdepth 1 \( -name systemd -o -name unified \) ;;
  esac
}

cgroup_pids() { pids_under '*/cgroup.procs'; }
payload_pids() { pids_under '*/payload/*'; }

pids_under() {
  local root
  for root in $(cgroup_roots); do
    [[ ! -d $root/commissaire-fleet/$NAME ]] ||
      find "$root/commissaire-fleet/$NAME" -name cgroup.procs -path "$1" -exec cat {} + 2>/dev/null || true
  done | sort -un
}

# Namespaces and cgroups go by the fleet's name alone, so what is there may belong to a fleet of
# that name whose state is elsewhere, and which is none of our business.
owns_machines() {
  [[ -d $STATE/machines || -z $(cgroup_pids) || $(session_pids) ]]
}

namespaces() {
  local path
  for path in "/run/netns/$NAMESPACE" "/run/netns/$NAMESPACE"-m*; do
    [[ ! -e $path ]] || printf '%s\n' "${path##*/}"
  done
}

# Ends what runs in the machines and lets nspawn see it, which then removes its locks and its other
# files under /run; whoever does not leave is killed next.
power_off() {
  local pids deadline=$((SECONDS + 3))
  while pids=$(payload_pids) && [[ $pids ]] && ((SECONDS < deadline)); do
    # shellcheck disable=SC2086 # a list of numbers
    kill -KILL $pids 2>/dev/null || true
    sleep 0.02
  done
  while [[ $(cgroup_pids) ]] && ((SECONDS < deadline)); do sleep 0.02; done
}

# What an nspawn that was killed had no time to remove itself.
remove_nspawn_files() {
  local root
  rmdir "/run/systemd/nspawn/propagate/cmsr-$NAME"-m* 2>/dev/null || true
  for root in "$STATE"/machines/*/root; do
    [[ ! -d $root ]] || rm -f "/run/systemd/nspawn/locks/inode-$(stat -c %d:%i "$root")"
  done
}

remove_cgroups() {
  local root
  for root in $(cgroup_roots); do
    [[ ! -d $root/commissaire-fleet ]] ||
      find "$root/commissaire-fleet/$NAME" -depth -type d -exec rmdir {} \; 2>/dev/null || true
    rmdir "$root/commissaire-fleet" 2>/dev/null || true
  done
}

unmount_all() {
  local mount
  while read -r mount; do
    # Lazily if need be: a process in another mount namespace may hold it a moment longer.
    umount "$mount" 2>/dev/null || umount --lazy "$mount"
  done < <(awk -v state="$STATE/" 'index($5, state) == 1 { print $5 }' /proc/self/mountinfo | tac)
}

remove_namespaces() {
  local namespace pids
  for namespace in $(namespaces); do
    pids=$(ip netns pids "$namespace" 2>/dev/null | tr '\n' ' ') || true
    # They were started by others, through exec; ending them is for whoever did.
    [[ -z $pids ]] || say "still running in the fleet's network, and now cut off: ${pids% }"
    ip netns delete "$namespace" 2>/dev/null || rm -f "/run/netns/$namespace"
  done
}
