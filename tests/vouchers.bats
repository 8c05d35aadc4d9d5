#!/usr/bin/env bats
# vouchers.bats - one member with many vouchers, at once and over the years

load helper

# What a stamp card gives: one purchase may fill many.
programme()
{
	cat >"$BATS_TEST_TMPDIR/programme.json" <<-'END'
		{ "name": "Stamps", "timezone": "UTC", "currency": "EUR",
		  "units": { "stamps": {} },
		  "earn": [ { "id": "stamp", "on": "purchase", "give": { "stamps": 1 }, "per": "0.02" } ],
		  "rewards": [
		    { "id": "coffee", "on": "balance", "cost": { "stamps": 12 }, "off": 1,
		      "voucher": { "life": "P30D" } },
		    { "id": "cake", "on": "purchase", "when": { "amount": { "min": 20 } }, "off": 2,
		      "voucher": { "life": "P10D" } } ],
		  "policy": { "repeats": "P5D", "returns": { "within": "P20D", "recheck": ["rewards"] } } }
	END
	export LOYALTY_PROGRAMME=$BATS_TEST_TMPDIR/programme.json
}

# fact DAY MORE
fact()
{
	seconds=$((seconds + 1))
	printf '{"member":"m","at":"2026-%02d-%02dT%02d:%02d:%02dZ",%s}\n' $(($1 / 28 + 1)) $(($1 % 28 + 1)) \
		$((seconds / 3600)) $((seconds / 60 % 60)) $((seconds % 60)) "$2"
}

# Issued one by one and many at once, used, used again after a cancel, ended, and given back.
write_facts()
{
	local seconds=0 i

	fact 0 '"type":"purchase","id":"many","amount":"24.00"'
	for i in {1..60}; do
		fact 1 '"type":"purchase","id":"p'"$i"'","amount":"'$((i % 3 * 12)).24'"'
	done
	for i in {1..100}; do
		fact 2 '"type":"purchase","id":"u'"$i"'","amount":"0.01","vouchers":["many:coffee#'$((2 * i))'"]'
	done
	for i in {1..40}; do
		fact 3 '"type":"cancel","id":"c'"$i"'","of":"u'"$i"'"'
	done
	for i in {21..60}; do
		fact 4 '"type":"purchase","id":"v'"$i"'","amount":"0.01","vouchers":["many:coffee#'$((2 * i))'","p'"$i"':cake"]'
	done
	for i in {30..50}; do
		fact 5 '"type":"return","id":"r'"$i"'","of":"p'"$i"'","amount":"20.00"'
	done
	fact 15 '"type":"purchase","id":"later","amount":"2.40"'
	fact 40 '"type":"purchase","id":"latest","amount":"0.24","vouchers":["later:coffee#2","many:coffee#2"]'
	fact 41 '"type":"leave","id":"gone"'
}

setup()
{
	programme
	cd "$BATS_TEST_TMPDIR" || return
	write_facts >facts
	loyalty-post facts >ledger
}

@test "the pipeline does the same with many vouchers" {
	loyalty-earn facts | loyalty-tier | loyalty-redeem | loyalty-expire >piped
	cmp ledger piped
	[ "$(grep -c '"type":"issued"' ledger)" -gt 200 ]
	[ "$(grep -c '"type":"expired"' ledger)" -gt 50 ]
}

@test "many vouchers go through snapshots" {
	local lines at

	lines=$(wc -l <facts)
	for ((at = 1; at < lines; at += 17)); do
		head -n "$at" facts | loyalty-post | loyalty-snapshot >first
		tail -n +$((at + 1)) facts | cat first - | loyalty-post >last
		cmp <(loyalty-snapshot last) <(loyalty-snapshot ledger) || problem "cut at $at"
		[ -z "$(loyalty-check last 2>&1)" ] || problem "checked after a cut at $at"
	done
	no_problems
}

# One member, who gets three vouchers a month: one is used, one expires, one is voided with its redemption.
years_programme()
{
	cat >years.json <<-'END'
		{ "name": "Years", "timezone": "Europe/Berlin", "currency": "EUR",
		  "units": { "points": { "expire": "P2M" } },
		  "earn": [ { "id": "base", "on": "purchase", "give": { "points": 1 }, "per": "1.00" } ],
		  "rewards": [
		    { "id": "card", "cost": { "points": 5 }, "off": 1, "voucher": {} },
		    { "id": "monthly", "on": "start-of-month", "off": 1, "voucher": { "life": "P20D" } } ],
		  "policy": { "returns": { "within": "P14D" } } }
	END
	export LOYALTY_PROGRAMME=years.json
}

write_years()
{
	local year month day=

	for year in $(seq 2001 "$1"); do
		for month in {01..12}; do
			day=$year-$month
			printf '{"type":"%s","id":"%s-%s","at":"%s-%s","member":"m",%s}\n' \
				purchase p "$day" "$day" 02 '"amount":"20.00"' \
				redeem r "$day" "$day" 03 '"reward":"card"' \
				redeem s "$day" "$day" 03 '"reward":"card"' \
				purchase q "$day" "$day" 04 '"amount":"1.00","vouchers":["r-'"$day"':card#2"]' \
				cancel c "$day" "$day" 05 '"of":"s-'"$day"'"' \
				purchase a "$day" "$day" 28 '"amount":"1.00","vouchers":["r-2001-01:card#2","r-'"$day"':card#2"]'
		done
	done
}

@test "vouchers that are over do not stay for ever" {
	years_programme
	write_years 2002 | loyalty-post | loyalty-snapshot >few
	write_years 2012 >years
	loyalty-post years >ledger
	loyalty-snapshot ledger >many
	[ "$(grep -o '"voucher":' many | wc -l)" = "$(grep -o '"voucher":' few | wc -l)" ]
	[ "$(grep -o '"voucher":' many | wc -l)" -lt 10 ]
	[ "$(wc -c <many)" -lt $(($(wc -c <few) + 100)) ]
}

@test "a voucher is called used as long as its sale is known, and then unknown" {
	years_programme
	write_years 2003 >years
	loyalty-post years >ledger
	[ "$(grep -c '"why":"used-voucher"' ledger)" -eq 37 ]
	[ "$(grep -c '"why":"unknown-voucher"' ledger)" -eq 35 ]
	loyalty-earn years | loyalty-tier | loyalty-redeem | loyalty-expire | cmp - ledger
	[ -z "$(loyalty-check ledger 2>&1)" ]
	[ -z "$(loyalty-check -p years.json ledger 2>&1)" ]
}

@test "a snapshot at any time forgets the same vouchers" {
	years_programme
	write_years 2002 >years
	python3 "$ROOT/tests/laws/cuts.py" years.json years 5
}

# Time alone gives vouchers, and ends them.
@test "nor do those of a member of whom nothing is heard" {
	local year

	years_programme
	for year in 2002 2012; do
		{
			echo '{"type":"enrol","at":"2001-01-01","member":"m"}'
			seq -f '{"type":"tick","at":"%.0f-12-31"}' 2001 "$year"
		} | loyalty-post | loyalty-snapshot >"after-$year"
	done
	[ "$(grep -c . after-2012)" = "$(grep -c . after-2002)" ]
	[ "$(grep -o '"voucher":' after-2012 | wc -l)" = "$(grep -o '"voucher":' after-2002 | wc -l)" ]
}
