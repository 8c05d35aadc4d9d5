#!/usr/bin/env bats
# parts.bats - loyalty-sort --parts: who is tied to whom stays together, and parts posted apart are the whole

load helper

SHOP=$ROOT/tests/golden/shop.json

setup()
{
	cd "$BATS_TEST_TMPDIR" || return 1
	unset LOYALTY_PROGRAMME
}

# A log of COUNT records in order of time, by COUNT / 10 members: every third was referred by another,
# and some send points to others, are merged into others, return, redeem; and now and then there is a tick.
# Keys have escapes here and there.
log() # count
{
	awk -v count="$1" 'BEGIN {
		srand(7)
		members = int(count / 10)
		time = 1767264000
		for (i = 0; i < count; i++) {
			time += int(rand() * 7200)
			at = strftime("%Y-%m-%dT%H:%M:%SZ", time, 1)
			me = int(rand() * members)
			other = int(me / 8) * 8 + int(rand() * 8)
			name = (me % 5 == 0 && rand() < 0.5 ? "\\u006d" : "m") me
			common = sprintf("\"id\":\"x-%d\",\"at\":\"%s\",\"member\":\"%s\"", i, at, name)
			kind = rand()
			if (!(me in known)) {
				known[me] = 1
				printf "{\"type\":\"enrol\",%s%s}\n", common,
					me % 3 == 0 ? sprintf(",\"referrer\":\"m%d\"", other) : ""
			} else if (kind < 0.01)
				printf "{\"type\":\"tick\",\"at\":\"%s\"}\n", at
			else if (kind < 0.04)
				printf "{\"type\":\"transfer\",%s,\"to\":\"m%d\",\"points\":3}\n", common, other
			else if (kind < 0.05)
				printf "{\"type\":\"merge\",%s,\"into\":\"m%d\"}\n", common, other
			else if (kind < 0.10 && me in sale)
				printf "{\"type\":\"return\",%s,\"of\":\"%s\",\"amount\":\"5.00\"}\n", common, sale[me]
			else if (kind < 0.20)
				printf "{\"type\":\"redeem\",%s,\"reward\":\"drink\",\"choice\":\"tea\"}\n", common
			else if (kind < 0.22)
				printf "{\"type\":\"weather\",%s,\"to\":\"m%d\"}\n", common, members - 1 - me
			else {
				sale[me] = "x-" i
				printf "{\"type\":\"purchase\",%s,\"amount\":\"%d.50\"}\n", common, 5 + rand() * 60
			}
		}
	}'
}

# "member part" for every record of the parts, each member once for every part that has them.
places()
{
	local part

	for part in "$@"; do
		jq -r --arg part "$part" 'select(.type != "tick") | [.member, $part] | @tsv' "$part"
	done | sort -u
}

# What parts must have in common with their log; no member in two of them, and nobody tied to another.
check_parts() # log part...
{
	local log=$1 part

	shift
	grep -hv '"type":"tick"' "$@" | LC_ALL=C sort | cmp - <(grep -v '"type":"tick"' "$log" | LC_ALL=C sort) ||
		problem "the parts are not the log"
	places "$@" >places
	[ "$(cut -f 1 places | uniq -d | wc -l)" -eq 0 ] || problem "a member is in two parts"
	jq -r 'select(.type == "transfer" or .type == "merge" or .type == "enrol" or .type == "profile")
		| (.to // .into // .referrer) as $other | select($other) | [.member, $other] | @tsv' "$log" |
		awk -F '\t' 'NR == FNR { part[$1] = $2; next }
			$1 in part && $2 in part && part[$1] != part[$2]' places - >parted
	[ ! -s parted ] || problem "parted from each other: $(head -n 3 parted)"
	for part in "$@"; do
		cmp -s <(grep '"type":"tick"' "$part") <(grep '"type":"tick"' "$log") || problem "$part lacks a tick"
		loyalty-sort --check "$part" || problem "$part is not in order"
	done
}

# The lines of ledgers but for frames and ticks, sorted.
lines()
{
	for ledger in "$@"; do
		sed '1d;$d' "$ledger" | grep -v '"type":"tick"'
	done | LC_ALL=C sort
}

# Runs a command for every file at once, {} its name: GNU parallel, or xargs where there is none.
at_once() # command file...
{
	local command=$1

	shift
	if parallel --version 2>/dev/null | grep -q '^GNU'; then
		parallel --will-cite -j 2 "$command" ::: "$@"
	else
		printf '%s\n' "$@" | xargs -P 2 -I {} sh -c "$command"
	fi
}

@test "parts are the log, each in order with every tick, and keep who is tied together" {
	local memory

	log 6000 >facts
	for memory in 512M 64K; do
		rm -f part-*
		loyalty-sort --parts 5 -S $memory -o part- facts
		[ "$(echo part-*)" = "part-0 part-1 part-2 part-3 part-4" ]
		check_parts facts part-*
	done
	no_problems
	# As even as the groups allow: here all are small.
	rm -f part-*
	loyalty-sort --parts 5 -o part- facts
	wc -l part-? | awk '$2 != "total" { if (!least || $1 < least) least = $1; if ($1 > most) most = $1 }
		END { exit !(most - least < 10) }'
	# The same bytes again, from several files and by the file's own order.
	split -n l/3 facts in-
	loyalty-sort --parts 5 -m -o same-{} in-aa - in-ac <in-ab
	for number in 0 1 2 3 4; do cmp part-$number same-$number; done
}

@test "parts posted at once are the whole; parts that know no ties are not" {
	local number

	log 3000 >facts
	export LOYALTY_PROGRAMME=$SHOP
	loyalty-post -o whole facts
	for number in 1 4; do
		rm -f part-*
		loyalty-sort --parts $number -o part-{}.ndjson facts
		at_once 'loyalty-post -o {}.ledger {}' part-*.ndjson
		cmp <(lines whole) <(lines part-*.ledger)
		# Sums, too, and what reports make of them.
		cat part-*.ledger >parts.ledger
		[ "$(jq -s 'map(select(.type == "end") | .units.points) | add' parts.ledger)" = \
			"$(tail -n 1 whole | jq .units.points)" ]
		cmp <(loyalty-report balance --sort member --format tsv whole) \
			<(loyalty-report balance --sort member --format tsv parts.ledger)
	done
	at_once 'loyalty-earn {} | loyalty-tier | loyalty-redeem | loyalty-expire -o {}.piped' part-*.ndjson
	cmp <(lines whole) <(lines part-*.piped)

	# By a hash of the member alone, as a careless split does it.
	awk '{ match($0, /"member":"[^0-9]*[0-9]+/); member = substr($0, RSTART, RLENGTH); gsub(/[^0-9]|\\u006d/, "", member)
		for (i = 0; i < 4; i++) if (/"type":"tick"/ || member % 4 == i) print > "careless-" i }' facts
	at_once 'loyalty-post -q --rejects {}.rejects -o {}.ledger {} || [ $? -eq 1 ]' careless-?
	run ! cmp -s <(lines whole) <(lines careless-?.ledger)
}

@test "members whom nothing ties are dealt evenly, also where memory does not hold them" {
	awk 'BEGIN { for (i = 0; i < 20000; i++)
		printf "{\"type\":\"action\",\"at\":\"2026-01-01T00:00:00Z\",\"member\":\"m%d\",\"name\":\"a\"}\n", i % 5000 }' >facts
	for memory in 512M 64K; do
		loyalty-sort --parts 3 -S $memory -o part- facts
		check_parts facts part-?
		wc -l part-? | awk '$2 != "total" && ($1 < 6600 || $1 > 6730) { exit 1 }' || problem "not even: $(wc -l part-?)"
	done
	no_problems
}

@test "a member with most of the records has a part, and who is tied to all is with all" {
	{
		for number in $(seq 90); do
			echo '{"type":"action","at":"2026-01-01T00:00:00Z","member":"heavy","name":"a","n":'"$number"'}'
		done
		for number in $(seq 30); do
			echo '{"type":"action","at":"2026-01-01T00:00:00Z","member":"m'"$number"'","name":"a"}'
		done
	} >facts
	loyalty-sort --parts 3 -o part- facts
	[ "$(wc -l <part-0) $(wc -l <part-1) $(wc -l <part-2)" = "90 15 15" ]
	for number in $(seq 30); do
		echo '{"type":"transfer","at":"2026-01-02T00:00:00Z","member":"m'"$number"'","to":"heavy","points":1}'
	done >>facts
	echo '{"type":"tick","at":"2026-01-03"}' >>facts
	loyalty-sort --zone UTC --parts 3 -o part- facts
	[ "$(wc -l <part-0) $(wc -l <part-1) $(wc -l <part-2)" = "151 1 1" ]
	# An empty part is an empty ledger.
	loyalty-post -p "$SHOP" part-1 | tail -n 1 >end
	run -0 cat end
	assert_output '{"type":"end","counts":{"tick":1},"units":{"points":0,"spend":"0.00"},"repeats":0,"rejected":0}'
}

@test "names of parts: a number at the end or for {}, of equal length" {
	echo '{"type":"tick","at":"2026-01-03T00:00:00Z"}' >facts
	mkdir ten hundred
	loyalty-sort --parts 10 -o ten/{}.ndjson facts
	[ "$(cd ten && echo ./*)" = "$(printf "./%d.ndjson " {0..8})./9.ndjson" ]
	loyalty-sort --parts 101 -o hundred/part facts
	[ "$(ls hundred | wc -l)" -eq 101 ]
	[ -e hundred/part000 ]
	cmp hundred/part100 facts
	# An input may be one of the parts.
	cp facts part0
	loyalty-sort --parts 2 -o part part0
	cmp part0 facts
	cmp part1 facts
}

@test "what belongs to nobody is in the first part, and is said to be bad there" {
	{
		echo '{"type":"weather","at":"2026-01-01T00:00:00Z"}'
		echo '{"type":"purchase","at":"2026-01-01T00:00:00Z","member":17,"amount":1}'
		echo '{"type":"transfer","at":"2026-01-01T00:00:00Z","member":"m1","to":17,"points":1}'
		echo '{"type":"t\u0069ck","at":"2026-01-02T00:00:00Z"}'
	} >facts
	loyalty-sort --parts 2 -o part- facts
	run -0 cat part-0
	assert_output "$(sed -n '1,2p;4p' facts)"
	run -0 cat part-1
	assert_output "$(sed -n '3,4p' facts)"
}

@test "a limit that all members share leaves one part only" {
	local shared=$ROOT/tests/golden/loyalty-post/shared-limit/programme.json

	log 100 >facts
	run -2 --separate-stderr loyalty-sort -p "$shared" --parts 2 -o part- facts
	assert_equal "$stderr" "loyalty-sort: $shared: a limit that all members share ties them together: one part only"
	run -2 loyalty-sort -p "$shared" --zone UTC --parts 2 -o part- facts
	run -0 loyalty-sort -p "$shared" --parts 1 -o part- facts
	cmp facts part-0
	run -0 loyalty-sort -p "$SHOP" --parts 2 -o part- facts
}

@test "all parts appear or none" {
	mkdir parts
	log 2000 >facts
	echo '{' >>facts
	run -3 --separate-stderr loyalty-sort --parts 3 -o parts/ facts
	[ -z "$(ls -A parts)" ]
	run -1 --separate-stderr loyalty-sort --parts 3 --rejects rejects -o parts/ facts
	assert_equal "$stderr" "loyalty-sort: 1 line rejected"
	[ "$(cd parts && echo ./*)" = "./0 ./1 ./2" ]
	rm parts/*
	sed -i '$d' facts
	run --separate-stderr bash -c 'ulimit -f 60; exec loyalty-sort --parts 3 -o parts/ facts'
	assert_equal "$status" 4
	assert_equal "$stderr" "loyalty-sort: cannot write 'parts/0': File too large"
	[ -z "$(ls -A parts)" ]
	run -4 --separate-stderr loyalty-sort --parts 3 -o nowhere/ facts
	assert_equal "$stderr" "loyalty-sort: cannot create 'nowhere/0': No such file or directory"
	# One that cannot be opened is none at all.
	mkdir parts/1
	run -4 --separate-stderr loyalty-sort --parts 3 -o parts/ facts
	[ "$(ls -A parts)" = 1 ]
	run -2 --separate-stderr loyalty-sort --rejects part1 --parts 2 -o part facts
	assert_equal "$stderr" "loyalty-sort: a list goes to the same file as a part: 'part1'"
	run -2 --separate-stderr loyalty-sort -u --repeats part0 --parts 2 -o part facts
	assert_equal "$stderr" "loyalty-sort: a list goes to the same file as a part: 'part0'"
	# A signal leaves nothing.
	rmdir parts/1
	mkfifo pipe
	loyalty-sort --parts 3 -o parts/ pipe 3>&- &
	sorting=$!
	exec 9>pipe
	cat facts >&9
	kill $sorting
	wait $sorting || [ $? -eq 143 ]
	exec 9>&-
	[ -z "$(ls -A parts)" ]
}

@test "wrong usage" {
	local number

	for number in 0 -1 x 1x 1001 99999999999999999999 ''; do
		run -2 --separate-stderr loyalty-sort --parts "$number" -o part
		assert_equal "$stderr" "loyalty-sort: invalid '--parts': expected 1 to 1000, not '$number'"
	done
	for output in "" "-o -"; do
		# shellcheck disable=SC2086 # two words, or none
		run -2 --separate-stderr loyalty-sort --parts 2 $output
		assert_equal "$stderr" "loyalty-sort: '--parts' needs '-o', the name of its files"
	done
	run -2 --separate-stderr loyalty-sort --check --parts 2
	assert_equal "$stderr" "loyalty-sort: '--check' goes with none of '-m', '-u', '-o' and '--parts'"
}
