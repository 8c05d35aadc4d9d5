#!/bin/sh
# Holds the laws with the tools on PATH; see laws.py. LAWS_COUNT=2000 tests/laws/laws.sh for a long run.
exec python3 "$(dirname "$0")/laws.py" "$@"
