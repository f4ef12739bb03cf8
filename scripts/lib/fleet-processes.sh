# shellcheck shell=bash
# Sourced by scripts/fleet: programs that a fleet starts apart from the terminal, and how they are found and ended.

# Starts a program apart from this terminal and shell. It records itself before it begins, with
# its start time, because a process id alone may come to mean another process.
detach() {
  local name=$1 output=$2
  shift 2
  # shellcheck disable=SC2016 # for the inner shell to expand
  COMMISSAIRE_FLEET_SESSION=$STATE setsid bash -c '
    stat=$(<"/proc/$$/stat") && read -ra fields <<<"${stat##*) }" &&
      printf "%s %s\n" $$ "${fields[19]}" >"$1.new" && mv "$1.new" "$1" && shift && exec "$@"
  ' _ "$STATE/pids/$name" "$@" </dev/null >>"$output" 2>&1 8>&- 9>&- &
  local deadline=$((SECONDS + 10))
  until [[ -e $STATE/pids/$name ]]; do
    ((SECONDS < deadline)) || fail "cannot start $name"
    sleep 0.01
  done
}

# The time a process started, in ticks since boot (field 22 of /proc/PID/stat, see proc(5)); fails
# if there is none. The command name before it may hold spaces and parentheses.
start_time() {
  local stat fields
  stat=$(cat "/proc/$1/stat" 2>/dev/null) || return 1
  read -ra fields <<<"${stat##*) }"
  [[ ${fields[0]} != [ZX] ]] && printf '%s' "${fields[19]}"
}

recorded_alive() {
  local pid start
  read -r pid start <"$1" 2>/dev/null && [[ $(start_time "$pid") == "$start" ]]
}

all_running() {
  local file
  for file in "$STATE"/pids/*; do
    [[ -e $file ]] && recorded_alive "$file" || return 1
  done
}

await_end() {
  local deadline=$((SECONDS + 10))
  while start_time "$1" >/dev/null && ((SECONDS < deadline)); do sleep 0.01; done
}

stop_recorded() {
  local file pid
  # A daemon's sessions would outlive it.
  for file in "$STATE"/pids/*; do
    if [[ -e $file ]] && recorded_alive "$file"; then
      read -r pid _ <"$file"
      # shellcheck disable=SC2046 # a list of numbers
      kill -KILL "$pid" $(descendants "$pid") 2>/dev/null || true
      await_end "$pid"
    fi
    rm -f "$file"
  done
}

descendants() {
  ps -e -o pid=,ppid= | awk -v top="$1" '
    { parent[$1] = $2 }
    END { for (pid in parent) for (p = parent[pid]; p in parent && p != 0; p = parent[p]) if (p == top) { print pid; break } }'
}

# What we, or a login to an sshd fleet, started and left running, wherever it went: it carries our mark.
# shellcheck disable=SC2317 # called by name
session_pids() {
  grep -lsz -x "COMMISSAIRE_FLEET_SESSION=$STATE" /proc/[0-9]*/environ 2>/dev/null | cut -d/ -f3 | grep -vx $$ || true
}

kill_until_gone() {
  local pids deadline=$((SECONDS + 10))
  while pids=$("$1") && [[ $pids ]]; do
    ((SECONDS < deadline)) || { say "these processes do not die: ${pids//$'\n'/ }" && return 1; }
    # shellcheck disable=SC2086 # a list of numbers
    kill -KILL $pids 2>/dev/null || true
    sleep 0.02
  done
}
