#!/bin/bash
# train.sh FILTER GENERATE - lets loyalty-post post what shops post, for the compiler to watch
#
# FILTER is a loyalty-post that was compiled to count how often its code runs, GENERATE makes logs.
# What is posted: the two programmes of the benchmark, and every programme in share/programmes with
# its own log and a longer one, in one pass and as a pipeline. Nothing is kept but the counts.

set -eu -o pipefail
cd "$(dirname "$0")/.."

POST=$(realpath "$1")
GENERATE=$(realpath "$2")
DIR=$(mktemp -d)
trap 'rm -rf "$DIR"' EXIT
unset LOYALTY_PROGRAMME

for name in earn tier redeem expire; do
	ln -s "$POST" "$DIR/loyalty-$name"
done

# pipeline PROGRAMME LOG: decided one after the other. A log that does not fit is no fault.
pipeline()
{
	"$DIR/loyalty-earn" -p "$1" --rejects /dev/null "$2" | "$DIR/loyalty-tier" -p "$1" |
		"$DIR/loyalty-redeem" -p "$1" | "$DIR/loyalty-expire" -p "$1"
}

"$GENERATE" --purchases 60000 --members 6000 >"$DIR/flat"
"$GENERATE" --purchases 60000 --members 6000 --redeem 5 --tick >"$DIR/full"
head -n 3000 "$DIR/full" >"$DIR/short"

"$DIR/loyalty-earn" -p tests/bench/one-rate.json "$DIR/flat" >/dev/null
"$POST" -p tests/bench/three-tiers.json "$DIR/full" >/dev/null
{
	for programme in share/programmes/*.json; do
		name=$(basename "$programme" .json)
		"$POST" -p "$programme" --rejects /dev/null "$DIR/short" || :
		"$POST" -p "$programme" "tests/programmes/$name/log.ndjson" || :
		pipeline "$programme" "tests/programmes/$name/log.ndjson" || :
	done
} >/dev/null 2>&1
