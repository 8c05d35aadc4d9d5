#!/usr/bin/env bats
# switches.bats - the ten switches of a programme's policy, each with every setting
#
# A test is a switch: a programme that does not say it, a log, and by setting what is posted. The
# first setting is the default, and must give the same where the programme says nothing. The figures
# are reasoned in the comments; the laws' oracle, which shares no code with the tools, must agree.

load helper

# programme UNIT RULES REWARDS: what the settings of a switch are put into.
programme()
{
	jq -nc --argjson unit "$1" --argjson rules "$2" --argjson rewards "${3:-[]}" '
		{ name: "Switches", timezone: "America/New_York", currency: "USD",
		  units: { points: $unit }, earn: $rules, rewards: $rewards }' \
		>"$BATS_TEST_TMPDIR/programme.json"
}

# log: facts from stdin, whose member is always m.
log()
{
	jq -c '.member = "m"' >"$BATS_TEST_TMPDIR/log.ndjson"
}

# A posting as: its id, its units, its lots, to: a level, what it is worth, until, why.
short()
{
	jq -r 'def said: to_entries | map("\(.key) \(.value | if type == "object"
			then .points else . end)") | join(", ");
		select(.rule) | [ .id, (.units // {} | del(.spend) | said),
			(.lots // {} | said | if . == "" then . else "[" + . + "]" end),
			(.to // empty | "to " + .), (.off // empty | "off " + .),
			(.until // empty | if type == "object" then .points // empty else . end
				| "until " + .[:19]), (.why // empty) ]
		| map(select(. != "")) | join(" ")'
}

# posts DOCUMENT TITLE: tools and oracle give the lines of $BATS_TEST_TMPDIR/expected.
posts()
{
	local command

	for command in "loyalty-post -p $1" "python3 $ROOT/tests/laws/oracle.py $1"; do
		$command <"$BATS_TEST_TMPDIR/log.ndjson" >"$BATS_TEST_TMPDIR/ledger" ||
			problem "$2: $command failed"
		short <"$BATS_TEST_TMPDIR/ledger" >"$BATS_TEST_TMPDIR/found"
		cmp -s "$BATS_TEST_TMPDIR/expected" "$BATS_TEST_TMPDIR/found" ||
			problem "$2, ${command%% *}:" "$(diff -u --label expected --label found \
				"$BATS_TEST_TMPDIR/expected" "$BATS_TEST_TMPDIR/found")"
	done
}

# setting KEY VALUE [default]: what stdin lists is posted.
setting()
{
	cat >"$BATS_TEST_TMPDIR/expected"
	jq -c --arg key "$1" --arg value "$2" '.policy[$key] = $value' \
		"$BATS_TEST_TMPDIR/programme.json" >"$BATS_TEST_TMPDIR/set.json"
	posts "$BATS_TEST_TMPDIR/set.json" "$1 $2"
	[ "${3:-}" != default ] || posts "$BATS_TEST_TMPDIR/programme.json" "$1 not said"
}

base='[{"id":"base","on":"purchase","give":{"points":1},"per":"1.00"}]'

@test "last_day: a month from 25 January, 15:00" {
	programme '{"expire":"P1M"}' "$base"
	log <<-'END'
		{"type":"purchase","id":"a","at":"2025-01-25T15:00:00-05:00","amount":"10.00"}
		{"type":"redeem","id":"r1","at":"2025-02-24T23:59:59-05:00","points":1}
		{"type":"redeem","id":"r2","at":"2025-02-25T14:59:59-05:00","points":1}
		{"type":"redeem","id":"r3","at":"2025-02-25T15:00:00-05:00","points":1}
		{"type":"redeem","id":"r4","at":"2025-02-25T23:59:59-05:00","points":1}
		{"type":"redeem","id":"r5","at":"2025-02-26T00:00:00-05:00","points":1}
	END
	# through the 25th
	setting last_day whole default <<-'END'
		a:base points 10 until 2025-02-26T00:00:00
		r1:redeem points -1 [a:base -1]
		r2:redeem points -1 [a:base -1]
		r3:redeem points -1 [a:base -1]
		r4:redeem points -1 [a:base -1]
		expire@2025-02-26T00:00:00-05:00:expire points -6 [a:base -6]
		r5:redeem balance
	END
	# through the 24th
	setting last_day before <<-'END'
		a:base points 10 until 2025-02-25T00:00:00
		r1:redeem points -1 [a:base -1]
		expire@2025-02-25T00:00:00-05:00:expire points -9 [a:base -9]
		r2:redeem balance
		r3:redeem balance
		r4:redeem balance
		r5:redeem balance
	END
	# to the last second before 15:00 of the 25th
	setting last_day instant <<-'END'
		a:base points 10 until 2025-02-25T15:00:00
		r1:redeem points -1 [a:base -1]
		r2:redeem points -1 [a:base -1]
		expire@2025-02-25T15:00:00-05:00:expire points -8 [a:base -8]
		r3:redeem balance
		r4:redeem balance
		r5:redeem balance
	END
	no_problems
}

@test "round: halves, and a hundredth beside them" {
	programme '{}' "$base"
	log <<-'END'
		{"type":"purchase","id":"a","at":"2025-01-01T12:00:00-05:00","amount":"2.49"}
		{"type":"purchase","id":"b","at":"2025-01-02T12:00:00-05:00","amount":"2.50"}
		{"type":"purchase","id":"c","at":"2025-01-03T12:00:00-05:00","amount":"2.51"}
		{"type":"purchase","id":"d","at":"2025-01-04T12:00:00-05:00","amount":"3.50"}
	END
	setting round down default <<-'END'
		a:base points 2
		b:base points 2
		c:base points 2
		d:base points 3
	END
	setting round up <<-'END'
		a:base points 3
		b:base points 3
		c:base points 3
		d:base points 4
	END
	setting round half-up <<-'END'
		a:base points 2
		b:base points 3
		c:base points 3
		d:base points 4
	END
	# halves to the even number
	setting round half-even <<-'END'
		a:base points 2
		b:base points 2
		c:base points 3
		d:base points 4
	END
	no_problems
}

@test "round_per: two rules on two lines, twice" {
	# 4.00 and 2.00: by the first rule 1.667 and 0.833, together 2.5; by the second 1 and 0.5, 1.5
	programme '{}' '[{"id":"one","on":"purchase","give":{"points":1},"per":"2.40"},
		{"id":"two","on":"purchase","give":{"points":1},"per":"4.00"}]'
	log <<-'END'
		{"type":"purchase","id":"a","at":"2025-01-01T12:00:00-05:00","amount":"6.00","items":[{"sku":"x","amount":"4.00"},{"sku":"y","amount":"2.00"}]}
		{"type":"purchase","id":"b","at":"2025-01-02T12:00:00-05:00","amount":"6.00","items":[{"sku":"x","amount":"4.00"},{"sku":"y","amount":"2.00"}]}
	END
	# 2.5 + 1.5 are 4: 2 and 1, and the one over to the earlier of two equal remainders
	setting round_per purchase default <<-'END'
		a:one points 3
		a:two points 1
		b:one points 3
		b:two points 1
	END
	setting round_per rule <<-'END'
		a:one points 2
		a:two points 1
		b:one points 2
		b:two points 1
	END
	# 1 + 0 and 1 + 0
	setting round_per line <<-'END'
		a:one points 1
		a:two points 1
		b:one points 1
		b:two points 1
	END
	# 0.5 remains of each rule: 2.5 + 0.5 and 1.5 + 0.5
	setting round_per carry <<-'END'
		a:one points 2
		a:two points 1
		b:one points 3
		b:two points 2
	END
	no_problems
}

@test "crossing: 60.00 and 40.00 make gold at 100.00" {
	programme '{}' '[{"id":"base","on":"purchase","per":"1.00",
		"give":{"points":{"by":"tier","gold":2,"else":1},"spend":1}}]'
	jq -c '.units.spend = { decimals: 2, spendable: false } | .tiers = { period: "year",
		keep: "forever", levels: [ { id: "blue" }, { id: "gold", needs: { spend: 100 } } ] }' \
		"$BATS_TEST_TMPDIR/programme.json" >"$BATS_TEST_TMPDIR/with" &&
		mv "$BATS_TEST_TMPDIR/with" "$BATS_TEST_TMPDIR/programme.json"
	log <<-'END'
		{"type":"purchase","id":"a","at":"2025-01-01T12:00:00-05:00","amount":"60.00"}
		{"type":"purchase","id":"b","at":"2025-01-02T12:00:00-05:00","amount":"40.00"}
		{"type":"purchase","id":"c","at":"2025-01-03T12:00:00-05:00","amount":"10.00"}
	END
	setting crossing old default <<-'END'
		a:base points 60
		b:base points 40
		b:tier to gold
		c:base points 20
	END
	# what makes gold is worth gold's 2
	setting crossing new <<-'END'
		a:base points 60
		b:base points 80
		b:tier to gold
		c:base points 20
	END
	no_problems
}

@test "overdrawn: 100 points go back of which nothing is left, beside 30 others" {
	# r takes the full share of its own lot in every setting: what that has not is debt
	programme '{}' "$base"
	log <<-'END'
		{"type":"purchase","id":"a","at":"2025-01-01T12:00:00-05:00","amount":"100.00"}
		{"type":"purchase","id":"b","at":"2025-01-02T12:00:00-05:00","amount":"50.00"}
		{"type":"redeem","id":"x","at":"2025-01-03T12:00:00-05:00","points":120}
		{"type":"return","id":"r","at":"2025-01-04T12:00:00-05:00","of":"a","amount":"100.00"}
		{"type":"redeem","id":"y","at":"2025-01-05T12:00:00-05:00","points":1}
		{"type":"purchase","id":"c","at":"2025-01-06T12:00:00-05:00","amount":"110.00"}
		{"type":"redeem","id":"z","at":"2025-01-07T12:00:00-05:00","points":41}
		{"type":"redeem","id":"w","at":"2025-01-08T12:00:00-05:00","points":40}
	END
	# the 30 pay, -70; the next 110 pay that, and 40 are left
	setting overdrawn negative default <<-'END'
		a:base points 100
		b:base points 50
		x:redeem points -120 [a:base -100, b:base -20]
		r:base points -100 [a:base -100]
		r:settle [debt 30, b:base -30]
		y:redeem balance
		c:base points 110
		c:settle [debt 70, c:base -70]
		z:redeem balance
		w:redeem points -40 [c:base -40]
	END
	# the 30 stay, though the balance is -70; the next 110 pay 100, and 30 + 10 are left
	setting overdrawn debt <<-'END'
		a:base points 100
		b:base points 50
		x:redeem points -120 [a:base -100, b:base -20]
		r:base points -100 [a:base -100]
		y:redeem balance
		c:base points 110
		c:settle [debt 100, c:base -100]
		z:redeem balance
		w:redeem points -40 [b:base -30, c:base -10]
	END
	# the 30 pay, the other 70 are given up; of the next 110 41 are used, and 40
	setting overdrawn waived <<-'END'
		a:base points 100
		b:base points 50
		x:redeem points -120 [a:base -100, b:base -20]
		r:base points -100 [a:base -100]
		r:settle [debt 30, b:base -30]
		r:waive points 70 [debt 70]
		y:redeem balance
		c:base points 110
		z:redeem points -41 [c:base -41]
		w:redeem points -40 [c:base -40]
	END
	no_problems
}

@test "sweep: a redemption after the end, before the tick" {
	programme '{"expire":"P1M"}' "$base"
	log <<-'END'
		{"type":"purchase","id":"a","at":"2025-01-25T15:00:00-05:00","amount":"10.00"}
		{"type":"redeem","id":"r","at":"2025-02-26T12:00:00-05:00","points":4}
		{"type":"tick","at":"2025-02-27T03:00:00-05:00"}
		{"type":"redeem","id":"s","at":"2025-02-27T12:00:00-05:00","points":1}
	END
	setting sweep at-once default <<-'END'
		a:base points 10 until 2025-02-26T00:00:00
		expire@2025-02-26T00:00:00-05:00:expire points -10 [a:base -10]
		r:redeem balance
		s:redeem balance
	END
	setting sweep on-tick <<-'END'
		a:base points 10 until 2025-02-26T00:00:00
		r:redeem points -4 [a:base -4]
		expire@2025-02-27T03:00:00-05:00:expire points -6 [a:base -6]
		s:redeem balance
	END
	no_problems
}

@test "lot_order: the oldest lot never ends, the newest ends first" {
	programme '{}' '[{"id":"welcome","on":"enrol","give":{"points":10}},
		{"id":"base","on":"purchase","give":{"points":10},"expire":"P12M"},
		{"id":"visit","on":"action:visit","give":{"points":10},"expire":"P1M"}]'
	log <<-'END'
		{"type":"enrol","id":"a","at":"2025-01-01T12:00:00-05:00"}
		{"type":"purchase","id":"b","at":"2025-01-02T12:00:00-05:00","amount":"1.00"}
		{"type":"action","id":"c","at":"2025-01-03T12:00:00-05:00","name":"visit"}
		{"type":"redeem","id":"r","at":"2025-01-04T12:00:00-05:00","points":25}
	END
	setting lot_order expiring default <<-'END'
		a:welcome points 10
		b:base points 10 until 2026-01-03T00:00:00
		c:visit points 10 until 2025-02-04T00:00:00
		r:redeem points -25 [c:visit -10, b:base -10, a:welcome -5]
	END
	setting lot_order oldest <<-'END'
		a:welcome points 10
		b:base points 10 until 2026-01-03T00:00:00
		c:visit points 10 until 2025-02-04T00:00:00
		r:redeem points -25 [a:welcome -10, b:base -10, c:visit -5]
	END
	no_problems
}

@test "restore: one redemption is cancelled before its lot ends, one after" {
	programme '{"expire":"P1M"}' "$base"
	log <<-'END'
		{"type":"purchase","id":"a","at":"2025-01-25T15:00:00-05:00","amount":"30.00"}
		{"type":"redeem","id":"x","at":"2025-02-01T12:00:00-05:00","points":10}
		{"type":"redeem","id":"y","at":"2025-02-02T12:00:00-05:00","points":20}
		{"type":"cancel","id":"c","at":"2025-02-10T12:00:00-05:00","of":"x"}
		{"type":"cancel","id":"d","at":"2025-03-01T12:00:00-05:00","of":"y"}
		{"type":"tick","at":"2025-05-01T12:00:00-04:00"}
	END
	# the ten end with their lot, through 25 February; the twenty at once
	setting restore original default <<-'END'
		a:base points 30 until 2025-02-26T00:00:00
		x:redeem points -10 [a:base -10]
		y:redeem points -20 [a:base -20]
		c:redeem points 10 [a:base 10]
		expire@2025-02-26T00:00:00-05:00:expire points -10 [a:base -10]
		d:redeem points 20 [a:base 20]
		d:expire points -20 [a:base -20]
	END
	# a month from the cancel
	setting restore new <<-'END'
		a:base points 30 until 2025-02-26T00:00:00
		x:redeem points -10 [a:base -10]
		y:redeem points -20 [a:base -20]
		c:redeem points 10 until 2025-03-11T00:00:00
		d:redeem points 20 until 2025-04-02T00:00:00
		expire@2025-03-11T00:00:00-04:00:expire points -10 [c:redeem -10]
		expire@2025-04-02T00:00:00-04:00:expire points -20 [d:redeem -20]
	END
	# nothing comes back, so nothing is posted
	setting restore lost <<-'END'
		a:base points 30 until 2025-02-26T00:00:00
		x:redeem points -10 [a:base -10]
		y:redeem points -20 [a:base -20]
	END
	no_problems
}

@test "earn_on_redeeming: 4.00 of 10.00 paid by a reward, and nothing of 10.00" {
	programme '{}' "$base"
	log <<-'END'
		{"type":"purchase","id":"a","at":"2025-01-01T12:00:00-05:00","amount":"10.00","tenders":[{"kind":"card","amount":"6.00"},{"kind":"reward","amount":"4.00"}]}
		{"type":"purchase","id":"b","at":"2025-01-02T12:00:00-05:00","amount":"10.00","tenders":[{"kind":"card","amount":"10.00"}]}
	END
	setting earn_on_redeeming remainder default <<-'END'
		a:base points 6
		b:base points 10
	END
	setting earn_on_redeeming all <<-'END'
		a:base points 10
		b:base points 10
	END
	setting earn_on_redeeming nothing <<-'END'
		b:base points 10
	END
	no_problems
}

@test "if_short: five for 30 each, and 50 points, of a balance of 100" {
	programme '{}' "$base" '[{"id":"one-off","cost":{"points":30},"off":"1.00"}]'
	log <<-'END'
		{"type":"purchase","id":"a","at":"2025-01-01T12:00:00-05:00","amount":"100.00"}
		{"type":"redeem","id":"r","at":"2025-01-02T12:00:00-05:00","reward":"one-off","qty":5}
		{"type":"redeem","id":"s","at":"2025-01-03T12:00:00-05:00","points":50}
	END
	# 150 of 100; 50 are there
	setting if_short refuse default <<-'END'
		a:base points 100
		r:one-off balance
		s:redeem points -50 [a:base -50]
	END
	# three for 90; of 50 the 10 that are left
	setting if_short clamp <<-'END'
		a:base points 100
		r:one-off points -90 [a:base -90] off 3.00
		s:redeem points -10 [a:base -10]
	END
	no_problems
}

@test "life_from: ten days pending, then a month or what is left of it" {
	programme '{"pending":"P10D","expire":"P1M"}' "$base"
	log <<-'END'
		{"type":"purchase","id":"a","at":"2025-01-25T15:00:00-05:00","amount":"10.00"}
		{"type":"redeem","id":"r","at":"2025-02-04T14:59:59-05:00","points":1}
		{"type":"redeem","id":"s","at":"2025-02-04T15:00:00-05:00","points":1}
		{"type":"tick","at":"2025-04-01T00:00:00-04:00"}
	END
	# a month from 25 January
	setting life_from earned default <<-'END'
		a:base points 10 until 2025-02-26T00:00:00
		r:redeem balance
		s:redeem points -1 [a:base -1]
		expire@2025-02-26T00:00:00-05:00:expire points -9 [a:base -9]
	END
	# a month from 4 February
	setting life_from usable <<-'END'
		a:base points 10 until 2025-03-05T00:00:00
		r:redeem balance
		s:redeem points -1 [a:base -1]
		expire@2025-03-05T00:00:00-05:00:expire points -9 [a:base -9]
	END
	no_problems
}
