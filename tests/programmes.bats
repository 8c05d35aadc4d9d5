#!/usr/bin/env bats
# programmes.bats - the ready-made programmes give the ledgers that were worked out from their published rules
#
# tests/programmes/NAME belongs to share/programmes/NAME.json: log.ndjson, the facts; expected.ndjson,
# the ledger (its digest blank: it follows from the document); README, how each figure comes about;
# expected.balance, the balances at the time in as-of.

load helper

# each_programme COMMAND: runs it with $name, $document and $dir set.
each_programme()
{
	local dir name document

	for dir in "$ROOT"/tests/programmes/*/; do
		dir=${dir%/}
		name=$(basename "$dir")
		document=$ROOT/share/programmes/$name.json
		"$@" || problem "$name: $* failed"
	done
	no_problems
}

blank_digest()
{
	sed -E '1s/"digest":"[0-9a-f]{32}"/"digest":"00000000000000000000000000000000"/' "$1"
}

# hold EXPECTED FOUND: a problem with the first differences where they are not the same bytes.
hold()
{
	cmp -s "$1" "$2" && return
	problem "$name:" "$(diff -au --label expected --label found "$1" "$2" | head -n 20)"
}

accepts()
{
	loyalty-check "$document"
}

posts()
{
	loyalty-post -p "$document" -o "$BATS_TEST_TMPDIR/ledger" "$dir/log.ndjson" || return
	blank_digest "$BATS_TEST_TMPDIR/ledger" >"$BATS_TEST_TMPDIR/found"
	hold "$dir/expected.ndjson" "$BATS_TEST_TMPDIR/found"
}

pipes()
{
	(
		set -o pipefail
		export LOYALTY_PROGRAMME=$document
		loyalty-earn "$dir/log.ndjson" | loyalty-tier | loyalty-redeem |
			loyalty-expire -o "$BATS_TEST_TMPDIR/ledger"
	) || return
	blank_digest "$BATS_TEST_TMPDIR/ledger" >"$BATS_TEST_TMPDIR/found"
	hold "$dir/expected.ndjson" "$BATS_TEST_TMPDIR/found"
}

balances()
{
	loyalty-post -p "$document" -o "$BATS_TEST_TMPDIR/ledger" "$dir/log.ndjson" || return
	loyalty-report balance -p "$document" --as-of "$(cat "$dir/as-of")" \
		-o "$BATS_TEST_TMPDIR/found" "$BATS_TEST_TMPDIR/ledger" || return
	hold "$dir/expected.balance" "$BATS_TEST_TMPDIR/found"
}

goes_on()
{
	python3 "$ROOT/tests/laws/cuts.py" "$document" "$dir/log.ndjson"
}

# A README's line for a posting with units is "- `ID` UNIT n, UNIT n: why".
explained()
{
	sed -nE 's/^- `([^`]+)` ([^:]*):.*/\1 \2/p' "$dir/README" | sort >"$BATS_TEST_TMPDIR/said"
	jq -r 'select(.rule and .units) |
		"\(.id) \(.units | to_entries | map("\(.key) \(.value)") | join(", "))"' \
		"$dir/expected.ndjson" | sort >"$BATS_TEST_TMPDIR/expected"
	hold "$BATS_TEST_TMPDIR/said" "$BATS_TEST_TMPDIR/expected"
}

oracle()
{
	python3 "$ROOT/tests/laws/oracle.py" "$document" <"$dir/log.ndjson" \
		>"$BATS_TEST_TMPDIR/found" || return
	hold "$dir/expected.ndjson" "$BATS_TEST_TMPDIR/found"
}

@test "loyalty-check accepts the ready-made programmes" {
	each_programme accepts
}

@test "every ready-made programme has its log and ledger" {
	local document

	for document in "$ROOT"/share/programmes/*.json; do
		[ -f "$ROOT/tests/programmes/$(basename "$document" .json)/expected.ndjson" ] ||
			problem "$document: no expected ledger"
	done
	no_problems
}

@test "loyalty-post gives the expected ledgers" {
	each_programme posts
}

@test "the four filters give the expected ledgers" {
	each_programme pipes
}

@test "the balances are as expected" {
	each_programme balances
}

@test "the laws' oracle gives the expected ledgers" {
	each_programme oracle
}

@test "cut anywhere, the rest is posted from a snapshot as the whole" {
	each_programme goes_on
}

@test "every posted figure is explained" {
	each_programme explained
}
