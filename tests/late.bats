#!/usr/bin/env bats
# late.bats - what is put aside comes back: rejects that are repaired, records that come late, repeats

load helper

SHOP=$ROOT/tests/golden/shop.json

setup()
{
	cd "$BATS_TEST_TMPDIR" || return 1
	export LOYALTY_PROGRAMME=$SHOP
}

# The purchases of COUNT days by five members, one a line, in order of time.
purchases()
{
	awk -v count="$1" 'BEGIN {
		for (i = 0; i < count; i++)
			printf "{\"type\":\"purchase\",\"id\":\"t-%d\",\"at\":\"2026-01-%02dT%02d:00:00-05:00\",\"member\":\"m%d\",\"amount\":\"%d.50\"}\n",
				i, 1 + i / 10, 8 + i % 10, i % 5, 1 + i % 7
	}'
}

# The lines of ledgers without their frames, sorted.
lines()
{
	local ledger

	for ledger in "$@"; do
		sed '1d;$d' "$ledger"
	done | LC_ALL=C sort
}

@test "rejects that are put right are posted later, as if they had been right at once" {
	purchases 200 >good
	# A decimal comma in every 9th line, and the last two lines of one member.
	sed -e '5~9s/\.50"/,50"/' -e '198s/amount/amonut/' good >log
	run -1 --separate-stderr loyalty-post -o ledger --rejects aside log
	assert_equal "$stderr" "loyalty-post: 23 lines rejected"
	jq -r .text aside | sed -e 's/,50"/.50"/' -e 's/amonut/amount/' >repaired
	[ "$(wc -l <repaired)" -eq 23 ]

	# In their places.
	{ jq -r 'select(.type == "purchase") | tojson' ledger; cat repaired; } | loyalty-sort | loyalty-post -o sorted
	loyalty-post -o whole good
	cmp sorted whole

	# Behind what has been posted since: the same points, and the same lines but for their times.
	grep -Fvxf repaired good >rest
	loyalty-post --late post -o late rest repaired
	[ "$(head -n 1 late | jq -r .late)" = post ]
	loyalty-report balance --format tsv late | cut -f 1-5 >balances
	loyalty-report balance --format tsv whole | cut -f 1-5 | diff - balances
	diff <(jq -c 'select(.type == "earned") | [.id, .member, .units]' late | sort) \
		<(jq -c 'select(.type == "earned") | [.id, .member, .units]' whole | sort)
	run -3 --separate-stderr loyalty-post -o none rest repaired
	assert_equal "$stderr" "loyalty-post: repaired:1:36: invalid 'at': out of order: the member was already at 2026-01-20T17:00:00-05:00
loyalty-post: stopped there; '--rejects FILE' would set bad records aside and go on
loyalty-post: with '--late post' it would be posted at that time"
	[ ! -e none ]
}

@test "what is late for nobody is posted as if it had not been" {
	purchases 100 >good
	loyalty-post good >whole
	loyalty-post --late post good >late
	diff <(sed '1s/,"late":"post"//' late) whole
	# One member's facts behind all others' are not late.
	{ grep -v '"m3"' good; grep '"m3"' good; } | loyalty-post --late post >late
	diff <(lines late) <(lines whole)
	grep -qv '"late"' whole
}

@test "the four filters post late records as the one does" {
	purchases 120 >good
	{ cat good; echo '{"type":"tick","at":"2026-03-01"}'; sed -n '1~3s/"t-/"u-/p' good; } >log
	loyalty-post --late post log >one
	loyalty-earn --late post log | loyalty-tier | loyalty-redeem | loyalty-expire >four
	cmp one four
	[ "$(jq -r 'select(.of == "u-0") | .at' one)" = 2026-03-01T00:00:00-05:00 ]
}

@test "the four filters take back what came late from when it counted" {
	cat >quarterly.json <<-'END'
		{ "name": "Quarterly", "timezone": "Europe/Berlin", "currency": "EUR", "units": { "points": {} },
		  "earn": [ { "id": "base", "on": "purchase", "give": { "points": 1 }, "per": "1.00" } ],
		  "tiers": { "period": "quarter", "levels": [ { "id": "basic" }, { "id": "silver", "needs": { "points": 100 } } ] } }
	END
	cat >log <<-'END'
		{"type":"purchase","id":"p-1","at":"2026-04-02T12:00:00+02:00","member":"m1","amount":"120.00"}
		{"type":"purchase","id":"p-2","at":"2026-03-30T12:00:00+02:00","member":"m1","amount":"50.00"}
		{"type":"return","id":"r-2","at":"2026-04-03T12:00:00+02:00","member":"m1","of":"p-2","amount":"50.00"}
	END
	export LOYALTY_PROGRAMME=quarterly.json
	loyalty-post --late post log >one
	loyalty-earn --late post log | loyalty-tier | loyalty-redeem | loyalty-expire | cmp - one
	[ "$(grep -c tier_changed one)" -eq 2 ] # one of them is in the end's counts
}

@test "a snapshot goes on with late records, and so do sections of one ledger" {
	purchases 100 >good
	{ sed -n 1,60p good; echo '{"type":"tick","at":"2026-03-01"}'; } >first
	{ sed -n '61,$p' good; sed -n '1~7s/"t-/"u-/p' good; } >second
	loyalty-post --late post first second >whole
	loyalty-post --late post -o one first
	loyalty-snapshot -o snapshot one
	cat snapshot second | loyalty-post --late post -o two
	diff <(lines whole) <(lines one two | grep -v '"type":"opening"' | LC_ALL=C sort)
	loyalty-snapshot one two | cmp - <(loyalty-snapshot whole)

	# Sections that are equally far are read as one ledger: all of the second is late for the tick of the first.
	loyalty-earn --late post -o one first
	cat snapshot second | loyalty-earn --late post -o two
	cat one two | loyalty-tier | loyalty-redeem | loyalty-expire -o both
	diff <(lines whole) <(lines both | grep -v '"type":"opening"')

	# Late records after a snapshot that was made without them.
	loyalty-post -o one first
	loyalty-snapshot one | cmp - snapshot
	cat snapshot second | loyalty-post --late post -o two
	loyalty-snapshot one two | cmp - <(loyalty-snapshot whole)
}

@test "--max-rejects: that many are put aside; at one more the run stops, and there is no ledger" {
	purchases 30 | sed '3~10s/\.50"/,50"/' >log
	run -1 --separate-stderr loyalty-post -o ledger --rejects aside --max-rejects 3 log
	assert_equal "$stderr" "loyalty-post: 3 lines rejected"
	[ "$(tail -n 1 ledger | jq .rejected)" -eq 3 ]
	rm ledger
	run -3 --separate-stderr loyalty-post -o ledger --rejects aside --max-rejects 2 log
	assert_equal "$stderr" "loyalty-post: log:23:88: invalid 'amount': expected a decimal
loyalty-post: more than 2 lines rejected
loyalty-post: 3 lines rejected"
	[ ! -e ledger ]
	[ "$(jq -c .line aside | xargs)" = "3 13 23" ]
	# What went to a pipe has no end, and nobody takes it for a ledger.
	loyalty-earn --rejects aside --max-rejects 0 log >part || [ $? -eq 3 ]
	[ "$(tail -n 1 part | jq -r .type)" = earned ]
	run -3 --separate-stderr loyalty-tier part
	assert_equal "$stderr" "loyalty-tier: part: the ledger was cut off: it has no end"
	run -0 loyalty-post -o ledger --rejects aside --max-rejects 0 <(purchases 3)
	[ ! -s aside ]
}

@test "--repeats lists what was passed over, and changes nothing else" {
	purchases 40 >log
	loyalty-post log >once
	loyalty-post --repeats again log <(sed -n '5,7p' log) log >twice
	diff <(sed '$d' once) <(sed '$d' twice)
	[ "$(tail -n 1 twice | jq .repeats)" -eq 43 ]
	[ "$(wc -l <again)" -eq 43 ]
	jq -r .text again | cmp - <(sed -n '5,7p' log; cat log)
	[ "$(tail -n 1 again | jq -c '[.file, .line]')" = '["log",40]' ]
	# There may be none, and a later filter meets none.
	loyalty-earn --repeats none log | loyalty-tier --repeats later >earned
	cmp none /dev/null
	cmp later /dev/null
	run -4 --separate-stderr loyalty-post --repeats /dev/full -o ledger log log
	assert_equal "$stderr" "loyalty-post: cannot write '/dev/full': No space left on device"
	[ ! -e ledger ]
}
