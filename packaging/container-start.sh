#!/bin/sh
# The first process of a container: makes a configuration in an empty volume, then becomes the server.
# Usage: start [OPTION OF serve…] | start health
set -eu

data_dir=${COMMISSAIRE_DATA_DIR:-/var/lib/commissaire}

# Asks the server through its Unix socket, which needs neither a certificate nor a password.
health() {
  BUN_BE_BUN=1 exec commissaire --eval '
    const unix = process.argv.at(-1) + "/commissaire.sock";
    const answer = await fetch("http://localhost/livez", { unix }).catch(() => undefined);
    process.exit(answer?.ok ? 0 : 1);
  ' "$data_dir"
}

[ "${1:-}" != health ] || health
if [ ! -e "$data_dir/commissaire.conf" ] && [ -z "${COMMISSAIRE_CONFIG:-}" ]; then
  commissaire init --data-dir "$data_dir"
fi
# Inside, other machines are outside of the container: it must listen on its own address.
export COMMISSAIRE_LISTEN_INTERFACE="${COMMISSAIRE_LISTEN_INTERFACE:-0.0.0.0}"
exec commissaire serve --data-dir "$data_dir" "$@"
