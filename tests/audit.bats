#!/usr/bin/env bats
# audit.bats - loyalty-check on ledgers, beyond its golden cases: what is clean, what is tampered with,
# sums made by other tools, files and pipes

load helper

GOLDEN=$ROOT/tests/golden
SHOP=$GOLDEN/shop.json

setup()
{
	cd "$BATS_TEST_TMPDIR" || return
	ledger=$GOLDEN/loyalty-check/ledger/in
}

sanitized()
{
	nm "$BUILD/bin/loyalty-check" 2>/dev/null | grep -q __asan_init
}

# The ledgers that golden cases of the filters write.
golden_ledgers()
{
	local dir

	for dir in "$GOLDEN"/loyalty-{post,earn,tier,redeem,expire}/*/; do
		[ "$(cat "$dir/status")" -le 1 ] || continue
		head -c 15 "$dir/out" | grep -q '"begin"' && echo "${dir}out"
	done
	ls "$ROOT"/tests/programmes/*/expected.ndjson
}

@test "every ledger of the golden cases and the programmes is clean" {
	local file count=0

	while read -r file; do
		# Its input is a ledger in which somebody has named a lot that is not there.
		[[ $file != */loyalty-tier/edited-lots/out ]] || continue
		loyalty-check "$file" 2>err || problem "$file: status $?" "$(head -n 3 err)"
		count=$((count + 1))
	done < <(golden_ledgers)
	echo "# $count ledgers" >&3
	[ $count -gt 150 ]
	no_problems
}

@test "ledgers of the programmes are clean by their programmes, too" {
	local dir name

	for dir in "$ROOT"/tests/programmes/*/; do
		name=$(basename "$dir")
		export LOYALTY_PROGRAMME=$ROOT/share/programmes/$name.json
		loyalty-post -o ledger "$dir/log.ndjson"
		loyalty-check ledger 2>err || problem "$name: status $?" "$(head -n 3 err)"
		loyalty-earn "$dir/log.ndjson" | loyalty-check - 2>err ||
			problem "$name, earned only: status $?" "$(head -n 3 err)"
		loyalty-post --postings-only "$dir/log.ndjson" | loyalty-check - 2>err ||
			problem "$name, postings only: status $?" "$(head -n 3 err)"
	done
	no_problems
}

@test "jq, awk, loyalty-report and the audit add up to the same balances" {
	local dir name

	for dir in "$ROOT"/tests/programmes/*/; do
		name=$(basename "$dir")
		loyalty-post -p "$ROOT/share/programmes/$name.json" -o ledger "$dir/log.ndjson"
		loyalty-check --balances ledger | jq -r '[.member, .unit, .balance] | @tsv' |
			awk -F '\t' '$3 != 0' | sort >audited
		jq -r 'select(.type != "end") | .member as $m | .units // {} | to_entries[]
			| [$m, .key, .value] | @tsv' ledger |
			awk -F '\t' '{ sum[$1 "\t" $2] += $3 }
				END { for (key in sum) if (sum[key] > 0.000001 || sum[key] < -0.000001)
					printf "%s\t%.6f\n", key, sum[key] }' | sort >added
		loyalty-report balance -p "$ROOT/share/programmes/$name.json" --format ndjson ledger |
			jq -r '[.member, .unit, .balance] | @tsv' | awk -F '\t' '$3 != 0' | sort >reported
		diff audited reported >differing || problem "$name: reported otherwise" "$(head -n 5 differing)"
		awk -F '\t' '{ printf "%s\t%s\t%.6f\n", $1, $2, $3 }' audited | diff - added >differing ||
			problem "$name: added up otherwise" "$(head -n 5 differing)"
	done
	no_problems
}

@test "whatever is tampered with is noticed" {
	local count=12

	! sanitized || count=4
	run python3 "$ROOT/tests/laws/tamper.py" --from "${SEED:-1}" --count $count --keep "$BUILD/tampered"
	assert_success
	assert_line '0 not noticed'
}

@test "a voucher issued while another of that name is open" {
	local programme=$GOLDEN/ids-again.json

	head -n 5 "$GOLDEN/loyalty-post/ids-again-issued/in" >facts
	loyalty-post -p "$programme" facts | sed 's/s1:cake#2/s1:cake/' >twice
	run --separate-stderr loyalty-check twice
	assert_failure 1
	assert_equal "$stderr" "loyalty-check: twice:8: voucher: 'm1' has a voucher 's1:cake' already, which is open
loyalty-check: 1 anomaly"
	# What has expired is not in the ledger of loyalty-redeem.
	loyalty-earn -p "$programme" facts | loyalty-redeem -p "$programme" | sed 's/s1:cake#2/s1:cake/' | loyalty-check
}

@test "numbers that go on from a snapshot, and one that does not" {
	local facts=$GOLDEN/loyalty-post/cuts-at-one-time/in

	export LOYALTY_PROGRAMME=$GOLDEN/cuts.json
	head -n 6 "$facts" | loyalty-post | loyalty-snapshot >snapshot
	tail -n +7 "$facts" | cat snapshot - | loyalty-post >ledger
	loyalty-check ledger
	run --separate-stderr loyalty-check - < <(sed 's/tea#5"/tea#7"/' ledger)
	assert_failure 1
	assert_equal "$stderr" "loyalty-check: <stdin>:10: id: 'redeem@2026-03-02T12:00:00-07:00:tea#7' without one before it
loyalty-check: 1 anomaly"
}

@test "a fact that came late, under a name that is not its own" {
	local facts=$GOLDEN/loyalty-post/late-names-what-later-filters-post/in

	export LOYALTY_PROGRAMME=$GOLDEN/late-names.json
	loyalty-earn --late post "$facts" | loyalty-tier >ledger
	loyalty-check ledger
	# That of another time is nobody's.
	run loyalty-check - < <(sed 's/transfer@2026-03-15/transfer@2026-02-15/g' ledger)
	assert_failure 1
	assert_line "loyalty-check: <stdin>:8: cause: nothing called 'transfer@2026-02-15T12:00:00+01:00:transfer' of 'm1' came just before"
}

@test "more given back than went into the lots that it came from" {
	cat >facts <<-'END'
		{"type":"purchase","id":"p-1","at":"2026-03-01T12:00:00Z","member":"m1","amount":"90.00"}
		{"type":"redeem","id":"r-1","at":"2026-03-02T12:00:00Z","member":"m1","points":80}
		{"type":"cancel","id":"c-1","at":"2026-03-03T12:00:00Z","member":"m1","of":"r-1"}
	END
	loyalty-post -p "$GOLDEN/late-names.json" facts >ledger
	loyalty-check ledger
	run loyalty-check - < <(sed '/"restored"/s/"units":{"points":80}/"units":{"points":81}/; $s/90/91/' ledger)
	assert_failure 1
	assert_line --partial ': lots: the lots make 80 points, and the units are 81 points'
}

@test "the same from a file and a pipe, with CRLF, a mark, blank lines and no last newline" {
	local bad=$GOLDEN/loyalty-check/ledger-lots

	sed "s/<stdin>/bad/" "$bad/err" >wanted
	cp "$bad/in" bad
	loyalty-check bad 2>err && status=0 || status=$?
	[ $status -eq 1 ]
	diff wanted err
	cat bad | loyalty-check - 2>err || true
	diff "$bad/err" err
	(while read -r line; do echo "$line"; done) <bad | loyalty-check 2>err || true
	diff "$bad/err" err
	{ printf '\xEF\xBB\xBF'; sed 's/$/\r/' bad; } | loyalty-check 2>err || true
	diff "$bad/err" err
	printf %s "$(cat bad)" | loyalty-check 2>err || true
	diff "$bad/err" err
	{ echo; echo; cat "$ledger"; echo; } | loyalty-check
}

@test "documents and ledgers side by side; ledgers are read as one" {
	local corner=$GOLDEN/loyalty-check/ledger-of-programme/corner.json

	run --separate-stderr loyalty-check "$corner" "$ledger"
	assert_success
	assert_equal "$output$stderr" ''
	cp "$ledger" one
	cp "$ledger" two
	run --separate-stderr loyalty-check --max-anomalies 1 one "$corner" two
	assert_failure 1
	assert_equal "$stderr" "loyalty-check: two:2: time: 'm1' was at 2026-07-14T23:00:00+00:00 already
loyalty-check: 1 anomaly"
	run --separate-stderr loyalty-check one missing two/
	assert_failure 4
	head -n 5 "$ledger" >half
	run --separate-stderr loyalty-check half one
	assert_failure 3
	assert_equal "${stderr_lines[0]}" "loyalty-check: half: cut off: 'begin' without 'end'"
}

@test "a ledger of another programme, and a programme that is not valid" {
	loyalty-post -p "$SHOP" </dev/null >empty
	loyalty-check empty
	loyalty-check -p "$SHOP" empty
	run --separate-stderr loyalty-check "$ledger" empty
	assert_failure 1
	assert_equal "${stderr_lines[0]}" "loyalty-check: empty:1: programme: the ledger before is of another programme, 2f50efb32baee2864f74c61960b8587c"
	echo '{}' >bad.json
	run --separate-stderr loyalty-check -p bad.json empty
	assert_failure 2
	LOYALTY_PROGRAMME=$SHOP run --separate-stderr loyalty-check -q "$ledger"
	assert_failure 1
}

@test "a line over the limit, bytes that are no text, and units without end" {
	{ sed 1q "$ledger"; head -c 1100000 /dev/zero | tr '\0' x; echo; sed 1d "$ledger"; } >long
	run --separate-stderr loyalty-check long
	assert_failure 1
	assert_equal "$stderr" "loyalty-check: long:2: form: line is longer than 1048576 bytes
loyalty-check: 1 anomaly"
	{ sed 1q "$ledger"; printf '\xff\xfe\x00{}\n'; sed 1d "$ledger"; } >bytes
	run --separate-stderr loyalty-check bytes
	assert_failure 1
	{
		sed 1q "$ledger"
		for i in $(seq 80); do
			echo '{"type":"earned","id":"a:b","at":"2026-01-01","member":"m","of":"a","rule":"b","units":{"u'"$i"'":9223372036854775807}}'
		done
	} >units
	run --separate-stderr loyalty-check units
	assert_failure 3
	[[ $stderr == *"units: more than 64 units"* ]]
}
