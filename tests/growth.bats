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

# A month of every kind of fact.
everything()
{
	local n=$1 at="\"at\":\"$2" m='"member":"m1"'

	[ "$n" -gt 0 ] || cat <<-END
		{"type":"enrol","id":"e-1",$at-01","member":"m1"}
		{"type":"enrol","id":"e-2",$at-01","member":"m2"}
	END
	cat <<-END
		{"type":"purchase","id":"a-$n",$at-02T10:00:00",$m,"amount":"70.10"}
		{"type":"action","id":"v-$n",$at-02T11:00:00",$m,"name":"review"}
		{"type":"action",$at-02T12:00:00",$m,"name":"review"}
		{"type":"redeem","id":"r-$n",$at-03T10:00:00",$m,"reward":"tea"}
		{"type":"redeem","id":"q-$n",$at-03T11:00:00",$m,"points":5}
		{"type":"cancel","id":"k-$n",$at-03T12:00:00",$m,"of":"q-$n"}
		{"type":"purchase","id":"b-$n",$at-04T10:00:00",$m,"amount":"40.00","vouchers":["r-$n:tea#2"]}
		{"type":"return","id":"c-$n",$at-05T10:00:00",$m,"of":"b-$n","amount":"20.00"}
		{"type":"return","id":"d-$n",$at-05T11:00:00",$m,"of":"a-$n"}
		{"type":"cancel","id":"l-$n",$at-05T12:00:00",$m,"of":"d-$n"}
		{"type":"purchase","id":"o-$n",$at-06T10:00:00",$m,"amount":"10.00","occurred":"$2-03T10:00:00"}
		{"type":"cancel","id":"n-$n",$at-06T11:00:00",$m,"of":"o-$n"}
		{"type":"adjust","id":"j-$n",$at-07T10:00:00",$m,"points":3}
		{"type":"adjust","id":"h-$n",$at-07T11:00:00",$m,"points":-2}
		{"type":"transfer","id":"t-$n",$at-08T10:00:00",$m,"to":"m2","points":1}
		{"type":"profile","id":"p-$n",$at-09T10:00:00",$m,"city":"x-$n"}
		{"type":"grant","id":"g-$n",$at-10T10:00:00",$m,"tier":"high","until":"$2-20"}
		{"type":"purchase","id":"u-$n",$at-11T10:00:00","member":"m2","amount":"9.99","redeems":["r-$n"]}
	END
	[ $((n % 12)) -lt 11 ] || cat <<-END
		{"type":"leave","id":"w-$n",$at-12",$m}
		{"type":"enrol","id":"x-$n",$at-13",$m}
	END
	echo "{\"type\":\"tick\",$at-28\"}"
}

@test "every kind of fact, month after month" {
	cat >all.json <<-'END'
		{ "name": "All", "timezone": "Europe/Berlin", "currency": "EUR",
		  "units": { "points": { "expire": { "after": "P3M" } }, "spend": { "decimals": 2, "spendable": false } },
		  "earn": [ { "id": "base", "on": "purchase", "per": "3.00", "give": { "points": 1 } },
		            { "id": "money", "on": "purchase", "per": "1.00", "give": { "spend": 1 } },
		            { "id": "review", "on": "action:review", "give": { "points": 5 },
		              "limit": { "times": 2, "per": "month" } },
		            { "id": "ten", "on": { "reach": { "points": [ 10 ] }, "over": "month" }, "give": { "points": 2 } } ],
		  "tiers": { "period": "P12M", "keep": "P6M",
		             "levels": [ { "id": "low" }, { "id": "high", "needs": { "spend": "200.00" } } ] },
		  "rewards": [ { "id": "auto", "on": { "reach": { "spend": [ "50.00" ] }, "over": "month" }, "off": "2.00",
		                 "voucher": { "life": "P20D" } },
		               { "id": "tea", "cost": { "points": 10 }, "off": "1.00", "voucher": { "life": "P20D" },
		                 "limit": { "times": 3, "per": "month" } } ],
		  "policy": { "round_per": "carry", "claims": { "within": "P10D" },
		              "returns": { "within": "P30D", "recheck": [ "rewards", "tier" ] } } }
	END
	bounded everything all.json
	for ((month = 0; month < 24; month++)); do
		everything "$month" "$(printf '%d-%02d' $((2000 + month / 12)) $((month % 12 + 1)))"
	done | loyalty-post -p all.json >ledger
	# Nothing of that was refused.
	run grep -c '"refused"' ledger
	assert_output 0
	tail -n 1 ledger | jq -e '.counts | length > 20'
}
