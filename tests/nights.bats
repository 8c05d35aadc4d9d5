#!/usr/bin/env bats
# nights.bats - the night job of share/examples, as it should be and disturbed
#
# NIGHTS is how many seeds disturb a night (40); `make nights` takes 200.

load helper

NIGHT=$ROOT/share/examples/loyalty-night

sanitized()
{
	nm "$BUILD/bin/loyalty-post" 2>/dev/null | grep -q __asan_init
}

setup()
{
	mkdir -p "$BATS_TEST_TMPDIR/shop/in"
	cd "$BATS_TEST_TMPDIR/shop" || return
	cp "$ROOT/share/demo/coffee.json" programme.json
}

# purchase ID AT: of one and the same member.
purchase()
{
	echo '{"type":"purchase","id":"'"$1"'","at":"'"$2"'","member":"C1","amount":"3.00"}'
}

# balance DAY: of that member's beans.
balance()
{
	jq -n '[inputs | select(.member == "C1") | .units.beans // 0] | add' "ledger/$1.ndjson"
}

@test "each day from where the last one ended; days that wait are done in order" {
	purchase a 2026-03-01T12:00 >in/2026-03-01.ndjson
	run "$NIGHT" .
	assert_output ""
	assert_success
	assert_equal "$(balance 2026-03-01)" 30
	purchase c 2026-03-03T12:00 >in/2026-03-03-till2.ndjson
	purchase b 2026-03-02T12:00 >in/2026-03-02.ndjson
	run "$NIGHT" .
	assert_output ""
	assert_success
	assert_equal "$(balance 2026-03-02)" 60
	assert_equal "$(balance 2026-03-03)" 90
	assert_equal "$(ls in facts/* ledger rejects snapshot | tr '\n' ' ')" \
		"facts/2026-03-01: 2026-03-01.ndjson  facts/2026-03-02: 2026-03-02.ndjson  facts/2026-03-03: 2026-03-03-till2.ndjson  in:  ledger: 2026-03-01.ndjson 2026-03-02.ndjson 2026-03-03.ndjson  rejects:  snapshot: 2026-03-01.ndjson 2026-03-02.ndjson 2026-03-03.ndjson "
	find . -type f ! -name before -exec sha256sum {} + >before
	run "$NIGHT" .
	assert_output ""
	assert_success
	sha256sum -c --quiet before
}

@test "a file that was cut off waits for the rest, one that comes again counts once" {
	{ purchase a 2026-03-01T12:00; purchase b 2026-03-01T13:00; } >whole
	head -c -20 whole >in/2026-03-01.ndjson
	run "$NIGHT" .
	assert_failure 3
	assert_output "loyalty-night: 2026-03-01: in/2026-03-01.ndjson was cut off: its last line has no end"
	[ -z "$(find ledger snapshot facts -type f)" ]
	cp whole in/2026-03-01.ndjson
	run "$NIGHT" .
	assert_success
	assert_equal "$(balance 2026-03-01)" 60

	# The same again with another receipt in it, and what had been forgotten.
	{ cat whole; purchase c 2026-03-01T14:00; } >in/2026-03-01.ndjson
	run "$NIGHT" .
	assert_success
	assert_equal "$(ls in)" 2026-03-01.ndjson
	purchase d 2026-03-02T12:00 >in/2026-03-02.ndjson
	run "$NIGHT" .
	assert_success
	assert_equal "$(balance 2026-03-02)" 120
	assert_equal "$(ls in)" ""
	assert_equal "$(ls facts/2026-03-02)" "2026-03-01.ndjson
2026-03-02.ndjson"
}

@test "a night that failed takes in what comes behind it under the same name, too" {
	purchase a 2026-03-01T12:00 >in/2026-03-01.ndjson
	cp programme.json good.json
	echo '{}' >programme.json
	run "$NIGHT" .
	assert_failure 2
	purchase b 2026-03-01T13:00 >in/2026-03-01.ndjson
	cp good.json programme.json
	run "$NIGHT" .
	assert_success
	assert_equal "$(balance 2026-03-01)" 60
	assert_equal "$(ls facts/2026-03-01)" "2026-03-01+.ndjson
2026-03-01.ndjson"
}

@test "bad records are put aside, exit 1; put right, they come in another day" {
	{ purchase a 2026-03-01T12:00 | sed 's/3.00/3,00/'; purchase b 2026-03-01T13:00; echo '{"type":"purchase"}'; } >in/2026-03-01.ndjson
	run "$NIGHT" .
	assert_failure 1
	assert_output "loyalty-night: 2026-03-01: lines were rejected, see rejects/2026-03-01.ndjson"
	assert_equal "$(balance 2026-03-01)" 30
	assert_equal "$(jq -r .reason rejects/2026-03-01.ndjson)" "missing 'at'
invalid 'amount': expected a decimal"
	jq -r 'select(.text | contains("3,00")).text' rejects/2026-03-01.ndjson | sed 's/3,00/3.00/' >in/2026-03-02.ndjson
	run "$NIGHT" .
	assert_success
	assert_equal "$(balance 2026-03-02)" 60
}

@test "usage and places that are not there" {
	run "$NIGHT"
	assert_failure 2
	assert_output "usage: loyalty-night DIR"
	run "$NIGHT" nowhere
	assert_failure 4
	assert_output --partial nowhere
}

@test "one run at a time" {
	mkdir bin
	printf '#!/bin/sh\nexit 1\n' >bin/flock
	chmod +x bin/flock
	PATH=$PWD/bin:$PATH run "$NIGHT" .
	assert_failure 4
	assert_output "loyalty-night: another run is at work"
}

@test "disturbed nights: the re-run is an undisturbed night, byte for byte" {
	sanitized && skip "the sanitizer has its own malloc"
	"${CC:-cc}" -shared -fPIC -D_GNU_SOURCE -o "$BATS_TEST_TMPDIR/faults.so" "$ROOT/tests/faults/faults.c" -ldl
	run python3 "$ROOT/tests/faults/nights.py" --preload "$BATS_TEST_TMPDIR/faults.so" \
		--bin "$BUILD/bin" --count "${NIGHTS:-40}" --keep "$BUILD/nights"
	assert_success
	assert_output --regexp "^${NIGHTS:-40} nights, [0-9]+ faults, [0-9]+ broken off, 0 wrong$"
}
