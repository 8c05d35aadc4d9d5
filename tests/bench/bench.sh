#!/bin/bash
# bench.sh [BUILD] - compare the filters with DuckDB, jq and Miller on the same log
#
# PURCHASES (2000000), MEMBERS (a tenth of it), SEED (1), RUNS (9), and ONLY (a regular expression of
# names) say what is measured. Logs, DuckDB and results go to BUILD/bench. The tools take turns, so
# that what disturbs the machine disturbs all of them; shown are medians, of the multiples those of
# each round's. The slow ones run once, and with more than 5 million purchases not at all (Miller
# would take 1 GiB for each million).

set -u -o pipefail
cd "$(dirname "$0")/../.." || exit 1

BUILD=$(realpath "${1:-build}") || exit 1
PURCHASES=${PURCHASES:-2000000}
MEMBERS=${MEMBERS:-$((PURCHASES / 10))}
SEED=${SEED:-1}
RUNS=${RUNS:-9}
ONLY=${ONLY:-.}
DIR=$BUILD/bench
PROGRAMMES=$PWD/tests/bench
export LC_ALL=C DUCKDB_MODULES=$DIR
unset LOYALTY_PROGRAMME

die()
{
	echo "bench.sh: $*" >&2
	exit 1
}

# make_log NAME PURCHASES MEMBERS [OPTIONS…]: writes it where it is not there yet, and says where.
make_log()
{
	local file=$DIR/$1-$2-$3-$SEED.ndjson

	if [ ! -e "$file" ]; then
		"$DIR/generate" --seed "$SEED" --purchases "$2" --members "$3" "${@:4}" >"$file.part" ||
			die "cannot write $file"
		mv "$file.part" "$file"
	fi
	echo "$file"
}

install_duckdb()
{
	[ -d "$DIR/node_modules/@duckdb/node-api" ] && return
	echo '{"private":true}' >"$DIR/package.json"
	(cd "$DIR" && npm install --no-audit --no-fund --silent @duckdb/node-api) ||
		die "cannot install @duckdb/node-api"
}

# Each contender: its name, how many runs at most, and its command, which reads the log "$1".
names=()
declare -A runs command log
contender()
{
	[[ $1 =~ $ONLY ]] || return 0
	names+=("$1")
	runs[$1]=$(($2 < RUNS ? $2 : RUNS))
	log[$1]=$3
	command[$1]=$4
}

# filter NAME TOOL LOG PROGRAMME [REDIRECTION]
#
# Its ledger is written over that of the run before. What a new file costs beyond that is the
# system's finding pages for it: little where it has them, and more than all the rest on a virtual
# machine whose host has taken them back. So that is shown apart.
filter()
{
	[ -x "$BUILD/bin/$2" ] || { echo "# $1: there is no $2 in $BUILD/bin" >&2; return 0; }
	contender "$1" 99 "$3" \
		"exec $BUILD/bin/$2 -p $PROGRAMMES/$4 \"\$1\" ${5:-1<>$DIR/ledger.ndjson}"
}

# What writes a new file takes and gives back hundreds of megabytes of the system's pages, which
# whoever comes next would pay for. So it has its rounds when all others have had theirs.
disturbs()
{
	[[ ${command[$1]} == *'/new.ndjson' ]]
}

# run_rounds NAME…
run_rounds()
{
	local round name

	for ((round = 1; round <= RUNS; round++)); do
		for name in "$@"; do
			[ $round -gt "${runs[$name]}" ] || run_once "$name"
		done
	done
}

# The ledger that the first runs write over, as large as any of theirs.
write_first_ledger()
{
	"$BUILD/bin/loyalty-post" -p "$PROGRAMMES/three-tiers.json" "$1" >"$DIR/ledger.ndjson" ||
		die "loyalty-post failed on $1"
}

# run_once NAME: one line of user, system and wall seconds and KiB into DIR/times/NAME.
run_once()
{
	rm -f "$DIR/new.ndjson"
	# Nobody pays for bringing the last ledger to the disk.
	sync "$DIR/ledger.ndjson"
	/usr/bin/time -q -a -o "$DIR/times/$1" -f '%U %S %e %M' \
		bash -c "${command[$1]}" - "${log[$1]}" >"$DIR/out" 2>"$DIR/err" ||
		die "$1 failed: $(tail -n 3 "$DIR/err")"
}

# shellcheck disable=SC2016 # the contenders' own variables
contenders()
{
	local flat=$1 full=$2

	contender 'DuckDB' 99 "$flat" 'exec node tests/bench/duckdb.mjs "$1"'
	contender 'DuckDB, 1 thread' 99 "$flat" 'exec node tests/bench/duckdb.mjs "$1" 1'
	filter 'loyalty-earn, one rate' loyalty-earn "$flat" one-rate.json
	filter 'loyalty-post, one rate' loyalty-post "$flat" one-rate.json
	filter 'loyalty-post, three tiers' loyalty-post "$full" three-tiers.json
	filter 'the same, to a new file' loyalty-post "$full" three-tiers.json ">$DIR/new.ndjson"
	contender 'wc -l' 99 "$flat" 'exec wc -l "$1"'
	[ "$PURCHASES" -le 5000000 ] || return 0
	contender 'Python json' 1 "$flat" 'exec python3 -c "
import collections, json, sys
points = collections.Counter()
for line in open(sys.argv[1], \"rb\"):
    fact = json.loads(line)
    points[fact[\"member\"]] += int(fact[\"amount\"].split(\".\")[0])
print(len(points), sum(points.values()))" "$1"'
	contender 'jq, sum by member' 1 "$flat" 'exec jq -n "reduce inputs as \$fact ({};
		setpath([\$fact.member]; getpath([\$fact.member]) + (\$fact.amount | tonumber | floor)))
		| length" "$1"'
	contender 'jq, one map' 1 "$flat" 'exec jq -c "{member, points: (.amount | tonumber | floor)}" "$1"'
	contender 'Miller, sum by member' 1 "$flat" \
		'exec mlr --ijsonl --ojsonl stats1 -a sum -f amount -g member "$1"'
}

median()
{
	sort -n | awk '{ a[NR] = $1 } END { print a[int((NR + 1) / 2)] }'
}

# of cpu|wall|memory NAME: a line a round
of()
{
	awk -v what="$1" '{ print what == "cpu" ? $1 + $2 : what == "wall" ? $3 : $4 }' "$DIR/times/$2"
}

# multiple cpu|wall|memory NAME: of what DuckDB took in the round of the same number
multiple()
{
	paste <(of "$1" "$2") <(of "$1" DuckDB) | awk 'NF == 2 { print $1 / $2 }' | median
}

show_table()
{
	local name

	printf '%-26s %8s %8s %8s %9s   %s\n' '' 'CPU s' 'wall s' 'MiB' 'us/line' \
		'CPU, wall, memory as multiples of DuckDB'
	for name in "${names[@]}"; do
		awk -v name="$name" -v cpu="$(of cpu "$name" | median)" \
			-v wall="$(of wall "$name" | median)" -v memory="$(of memory "$name" | median)" \
			-v mcpu="$(multiple cpu "$name")" -v mwall="$(multiple wall "$name")" \
			-v mmemory="$(multiple memory "$name")" -v lines="$(wc -l <"${log[$name]}")" 'BEGIN {
			printf "%-26s %8.2f %8.2f %8.1f %9.3f   %6.2f %6.2f %6.2f\n", name, cpu, wall,
				memory / 1024, cpu * 1e6 / lines, mcpu, mwall, mmemory
		}'
	done
}

# What a member and a live lot cost: how much more a log of twice the members, or of twice the
# purchases of the same members, makes the peak. Nothing expires in one-rate, so every purchase is
# a live lot; its place in the window of repeats is in that number, too.
show_bytes()
{
	local half=$((PURCHASES / 2)) name=loyalty-earn whole fewer_purchases fewer_members

	[ -x "$BUILD/bin/$name" ] || return 0
	whole=$(peak "$1")
	fewer_purchases=$(peak "$(make_log flat "$half" "$MEMBERS")")
	fewer_members=$(peak "$(make_log flat "$half" $((MEMBERS / 2)))")
	awk -v whole="$whole" -v purchases="$fewer_purchases" -v both="$fewer_members" \
		-v half="$half" -v members=$((MEMBERS / 2)) -v all="$MEMBERS" 'BEGIN {
		printf "\nloyalty-earn, one rate: %.0f bytes for each member (its lots apart), ", \
			(purchases - both) * 1024 / members
		printf "%.1f for each live lot; all in all %.0f a member\n", \
			(whole - purchases) * 1024 / half, whole * 1024 / all
	}'
}

peak()
{
	/usr/bin/time -q -o "$DIR/peak" -f %M "$BUILD/bin/loyalty-earn" \
		-p "$PROGRAMMES/one-rate.json" "$1" >/dev/null || die "loyalty-earn failed on $1"
	cat "$DIR/peak"
}

main()
{
	local flat full name quiet=() loud=()

	mkdir -p "$DIR"
	install_duckdb
	flat=$(make_log flat "$PURCHASES" "$MEMBERS") || exit 1
	full=$(make_log full "$PURCHASES" "$MEMBERS" --redeem 5 --tick) || exit 1
	contenders "$flat" "$full"
	[[ DuckDB =~ $ONLY ]] || die "ONLY='$ONLY' leaves out DuckDB, which the others are compared with"

	rm -rf "$DIR/times"
	mkdir -p "$DIR/times"
	cat "$flat" "$full" >/dev/null
	write_first_ledger "$full"
	for name in "${names[@]}"; do
		if disturbs "$name"; then loud+=("$name"); else quiet+=("$name"); fi
	done
	run_rounds "${quiet[@]}"
	run_rounds "${loud[@]}"

	printf '%s purchases of up to %s members, seed %s, %s rounds, %s cores, %s\n\n' "$PURCHASES" \
		"$MEMBERS" "$SEED" "$RUNS" "$(nproc)" \
		"DuckDB $(node -p 'require(process.env.DUCKDB_MODULES + "/node_modules/@duckdb/node-api/package.json").version')"
	show_table
	show_bytes "$flat"
	rm -f "$DIR/ledger.ndjson" "$DIR/new.ndjson" "$DIR/out" "$DIR/err" "$DIR/peak"
}

main
