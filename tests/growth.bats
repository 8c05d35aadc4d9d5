#!/usr/bin/env bats
# growth.bats - what can matter no more is forgotten: a snapshot after twelve years knows no more than one after two,
# whether somebody keeps coming or never comes again

load helper

setup()
{
	cd "$BATS_TEST_TMPDIR" || return
}

# known YEARS FACTS PROGRAMME: how many things of each kind the snapshot knows after so many years of what FACTS writes for
# a month (its number from 0, and its date).
known()
{
	for ((month = 0; month < 12 * $1; month++)); do
		$2 "$month" "$(printf '%d-%02d' $((2000 + month / 12)) $((month % 12 + 1)))"
	done | loyalty-post -p "$3" | loyalty-snapshot -p "$3" |
		jq -c 'select(.state) | [.. | arrays | length]'
}

# bounded FACTS PROGRAMME
bounded()
{
	loyalty-check "$2"
	known 2 "$1" "$2" >two
	known 12 "$1" "$2" >twelve
	[ -s two ]
	run diff two twelve
	assert_output ''
}

# Enrols once; then only time passes.
silent()
{
	[ "$1" -gt 0 ] || echo '{"type":"enrol","id":"e-1","at":"2000-01-01","member":"m1"}'
	echo "{\"type\":\"tick\",\"at\":\"$2-20\"}"
}

@test "what time gives to a member who never comes again" {
	cat >gifts.json <<-'END'
		{ "name": "Gifts", "timezone": "Europe/Berlin", "currency": "EUR",
		  "units": { "points": { "expire": { "after": "P1M" } } },
		  "earn": [ { "id": "gift", "on": "start-of-month", "give": { "points": 5 },
		              "limit": { "most": { "points": 4 }, "per": "month" } },
		            { "id": "more", "on": { "reach": { "points": [ 4 ] }, "over": "month" }, "give": { "points": 1 } } ],
		  "rewards": [ { "id": "tea", "on": "start-of-month", "benefit": "tea", "voucher": { "life": "P10D" } } ],
		  "policy": { "returns": { "within": "P30D" }, "claims": { "within": "P10D" } } }
	END
	bounded silent gifts.json
}

# Buys, redeems, pays with what was redeemed, and brings half of it back.
busy()
{
	local at="\"at\":\"$2-"

	cat <<-END
		{"type":"purchase","id":"a-$1",${at}02","member":"m1","amount":"100.00"}
		{"type":"redeem","id":"r-$1",${at}03","member":"m1","points":50}
		{"type":"purchase","id":"b-$1",${at}04","member":"m1","amount":"40.00","redeems":["r-$1"]}
		{"type":"return","id":"c-$1",${at}05","member":"m1","of":"b-$1","amount":"20.00"}
	END
}

@test "redemptions of which returns restore a share" {
	cat >shares.json <<-'END'
		{ "name": "Shares", "timezone": "Europe/Berlin", "currency": "EUR",
		  "units": { "points": { "expire": { "after": "P1M" } } },
		  "earn": [ { "id": "base", "on": "purchase", "per": "1.00", "give": { "points": 1 } } ],
		  "policy": { "returns": { "within": "P30D", "restore": "share" }, "claims": { "within": "P10D" } } }
	END
	bounded busy shares.json
}
