# shellcheck shell=bash
# Sourced by scripts/fleet: the image that machines are made from. It is built once, with debootstrap, and cached.

# dnf, rpm and createrepo-c let a machine play a Fedora host with a real package database; cloud-init
# runs when a test starts it; the shells are login shells of users.
readonly IMAGE_PACKAGES=systemd,systemd-sysv,dbus,openssh-server,iproute2,sudo,procps,dnf,rpm,createrepo-c,cloud-init,python3-cffi-backend,zsh,ksh,csh,tcsh,fish,busybox

# Leaves its path in IMAGE.
ensure_image() {
  local cache=${COMMISSAIRE_CACHE_DIR:-/var/cache/commissaire} suite mirror components hash
  [[ $cache =~ ^/[A-Za-z0-9._/-]+$ ]] ||
    refuse "cannot cache in '$cache'; set COMMISSAIRE_CACHE_DIR to an absolute path of letters, digits and . _ -"
  # shellcheck source=/dev/null
  suite=$(. /etc/os-release && printf '%s' "${VERSION_CODENAME-}")
  hash=$(printf '%s' "$IMAGE_PACKAGES $suite $(declare -f customise_image)" | sha256sum | cut -c1-12)
  IMAGE=$cache/machine-root-$hash
  [[ ! -d $IMAGE ]] || return 0

  read -r mirror components < <(apt_mirror "$suite") ||
    refuse "apt on this machine is not configured with a mirror for '$suite'; machines are made from Debian or Ubuntu packages"
  mkdir -p "$cache"
  exec 8>"$cache/.$hash.lock"
  flock -n 8 || { say "another fleet is building the machine image; waiting for it" && flock 8; }
  if [[ ! -d $IMAGE ]]; then
    local unfinished=$cache/.building-$hash log=$cache/build-$hash.log began=$SECONDS
    rm -rf --one-file-system "$unfinished"
    # In namespaces of its own, so that neither a daemon nor a mount of a half-built system can
    # outlive us, even if we are killed.
    if ! http_proxy=$(apt_proxy) setpriv --pdeathsig KILL \
      unshare --mount --pid --fork --kill-child --mount-proc \
      "$SELF" --name "$NAME" _build "$unfinished" "$suite" "$mirror" "$components" \
      </dev/null 8>&- 9>&- > >(tee "$log" | report_build) 2>&1; then
      rm -rf --one-file-system "$unfinished"
      tail_of "$log"
      fail "cannot build the machine image"
    fi
    mv "$unfinished" "$IMAGE"
    rm -f "$log"
    say "built the machine image in $((SECONDS - began)) s: $(du -sh "$IMAGE" | cut -f1)"
  fi
  exec 8>&-
}

# MIRROR COMPONENT,COMPONENT for a suite, from what apt is configured with here.
apt_mirror() {
  # shellcheck disable=SC2016 # the dollars are apt's
  apt-get indextargets --format '$(RELEASE) $(REPO_URI) $(COMPONENT)' 'Created-By: Packages' 2>/dev/null |
    awk -v suite="$1" '
      $1 == suite && (mirror == "" || mirror == $2) && !seen[$3]++ { mirror = $2; all = all (all ? "," : "") $3 }
      END { if (mirror == "") exit 1; print mirror, all }'
}

# debootstrap does not read apt's configuration.
apt_proxy() {
  local proxy=
  eval "$(apt-config shell proxy Acquire::http::Proxy 2>/dev/null)"
  printf '%s' "${http_proxy:-$proxy}"
}

# One line for each stage out of debootstrap's thousand.
report_build() {
  local line stage told=' '
  while IFS= read -r line; do
    case $line in
      'I: Retrieving InRelease'*) stage='reading the package list' ;;
      'I: Retrieving '*) stage='downloading packages' ;;
      'I: Extracting '*) stage='extracting the first packages' ;;
      'I: Unpacking '*) stage='unpacking' ;;
      'I: Configuring '*) stage='configuring' ;;
      'I: Base system installed'*) stage='trimming' ;;
      *) continue ;;
    esac
    # debootstrap goes through some of them twice.
    [[ $told == *" $stage "* ]] || say "building the machine image (once, about a minute): $stage ..."
    told+=" $stage "
  done
}

build_image() {
  local root=$1 suite=$2 mirror=$3 components=$4
  debootstrap --variant=minbase --components="$components" --include="$IMAGE_PACKAGES" "$suite" "$root" "$mirror"
  customise_image "$root"
}

# Part of the image's cache key: a change here makes a new image.
customise_image() {
  local root=$1 unit user
  rm -rf "$root"/var/lib/apt/lists/* "$root"/var/cache/apt/* "$root"/var/log/*.log "$root"/var/log/apt \
    "$root"/usr/share/doc/* "$root"/usr/share/man/* "$root"/usr/share/locale/* "$root"/etc/ssh/ssh_host_*
  install -d -m 0755 "$root/var/lib/apt/lists/partial" "$root/var/cache/apt/archives/partial"
  : >"$root/etc/apt/sources.list"
  : >"$root/etc/commissaire-fleet-machine"
  : >"$root/etc/fstab"
  rm -f "$root/etc/resolv.conf"
  : >"$root/etc/cloud/cloud-init.disabled"

  # What a machine with neither network nor disk nor screen would only wait for at boot.
  for unit in systemd-resolved.service systemd-timesyncd.service systemd-networkd.service \
    systemd-networkd-wait-online.service systemd-firstboot.service systemd-pstore.service \
    apt-daily.timer apt-daily-upgrade.timer dpkg-db-backup.timer e2scrub_all.timer \
    e2scrub_reap.service fstrim.timer man-db.timer logrotate.timer dnf-makecache.timer getty@.service \
    serial-getty@.service console-getty.service container-getty@.service getty-static.service; do
    ln -sf /dev/null "$root/etc/systemd/system/$unit"
  done

  cat >"$root/etc/systemd/system/boot-record.service" <<'UNIT'
[Unit]
Description=Record this boot, so that tests can count them
# Nobody who has logged in can then miss the line.
Before=ssh.service
RequiresMountsFor=/var/log

[Service]
Type=oneshot
RemainAfterExit=yes
ExecStart=/bin/sh -c 'echo "$$(cat /proc/sys/kernel/random/boot_id) $$(date -u +%%Y-%%m-%%dT%%H:%%M:%%SZ)" >>/var/log/boots'

[Install]
WantedBy=multi-user.target
UNIT
  install -d "$root/etc/systemd/system/multi-user.target.wants"
  ln -sf ../boot-record.service "$root/etc/systemd/system/multi-user.target.wants/boot-record.service"

  # Debian's rpm keeps its database in the caller's home directory, which a service has not got.
  install -d "$root/etc/rpm" "$root/etc/yum.repos.d" "$root/var/lib/rpm"
  printf '%%_dbpath /var/lib/rpm\n' >"$root/etc/rpm/macros"

  for user in operator plain; do
    # Debian comes with a group called operator.
    chroot "$root" groupadd --force "$user"
    chroot "$root" useradd --create-home --gid "$user" --shell /bin/bash "$user"
  done
  printf 'operator ALL=(ALL) NOPASSWD: ALL\n' >"$root/etc/sudoers.d/operator"
  chmod 0440 "$root/etc/sudoers.d/operator"
}
