# shellcheck shell=bash
# Sourced by the scripts: the repository's root, and its own tools before the machine's.
ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
PATH=$ROOT/.tools/bin:$ROOT/node_modules/.bin:$PATH
export ROOT PATH
