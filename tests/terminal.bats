#!/usr/bin/env bats
# terminal.bats - control bytes in data do not reach a terminal through a message or a table for people

load helper

GOLDEN=$ROOT/tests/golden
SHOP=$GOLDEN/shop.json
# As JSON has them, and as bytes: escape, bell, backspace, delete, and the C1 control sequence introducer.
ESCAPED='\u001b[31mred\u0007\u0008\u007f\u009b2J\r\n\u001b]0;title\u0007'
RAW=$'\033[31mred\a\b\177\302\2332J'
EIGHT_BIT=$'\2332J'

setup()
{
	cd "$BATS_TEST_TMPDIR" || return
}

# clean FILE…: nothing in them drives a terminal, or is no UTF-8.
clean()
{
	local file

	for file in "$@"; do
		python3 -c 'import sys, unicodedata
text = open(sys.argv[1], "rb").read().decode("utf-8")
bad = [char for char in text if unicodedata.category(char) == "Cc" and char != "\n"]
sys.exit("control characters: %r in %r" % (bad, text[:300]) if bad else 0)' "$file" || problem "$file"
	done
}

# said TOOL [ARGUMENT…]: runs it, and wants a message that is clean.
said()
{
	"$@" >out 2>err </dev/null && problem "$*: no failure"
	[ -s err ] || problem "$1: said nothing"
	[ "$(wc -l <err)" -le 3 ] || problem "$1: said more than three lines" "$(cat -v err)"
	clean err
}

@test "messages about records quote no control bytes" {
	local line at='"at":"2026-01-05T12:00:00-05:00"' tool

	for line in \
		"{\"type\":\"purchase\",\"id\":\"$ESCAPED\",$at,\"member\":\"m\",\"amount\":\"$ESCAPED\"}" \
		"{\"type\":\"redeem\",\"id\":\"t\",$at,\"member\":\"$ESCAPED\",\"reward\":1}" \
		"{\"type\":\"redeem\",\"id\":\"t\",$at,\"member\":\"m\",\"points\":1,\"unit\":\"$ESCAPED\"}" \
		"{\"type\":\"grant\",\"id\":\"t\",$at,\"member\":\"m\",\"tier\":\"$ESCAPED\"}" \
		"{\"type\":\"$ESCAPED\",\"at\":\"$ESCAPED\",\"member\":\"m\"}" \
		"{\"type\":\"purchase\",\"id\":\"t\",$at,\"member\":\"m\",\"amount\":1,\"currency\":\"$ESCAPED\"}" \
		"{\"type\":\"purchase\",\"id\":\"t\",$at,\"member\":\"m\",\"amount\":$RAW}" \
		"$RAW$EIGHT_BIT" "{\"$RAW\":1}" "{\"type\":\"$EIGHT_BIT\"}"; do
		printf '%s\n' "$line" >facts
		for tool in loyalty-post loyalty-earn loyalty-sort; do
			$tool -p "$SHOP" facts >out 2>err || :
			clean err
		done
		{ loyalty-post -p "$SHOP" </dev/null | head -n 1; cat facts; } >ledger
		for tool in loyalty-tier "loyalty-report balance" "loyalty-report statement --member $RAW" loyalty-check loyalty-snapshot; do
			$tool -p "$SHOP" ledger >out 2>err || :
			[ -s err ] || problem "$tool: said nothing"
			clean err
		done
	done
	no_problems
}

@test "messages about names of files, options and programmes quote no control bytes" {
	said loyalty-post -p "$SHOP" "no-$RAW$EIGHT_BIT"
	said loyalty-post -p "no-$RAW" -
	said loyalty-post "--$RAW"
	said loyalty-post -p "$SHOP" --as-of "$RAW$EIGHT_BIT"
	said loyalty-post -p "$SHOP" -o "no/$RAW" -
	said loyalty-report "$RAW"
	said loyalty-report balance -p "$SHOP" --format "$RAW" -
	said loyalty-report balance -p "$SHOP" --member "$RAW$EIGHT_BIT" "$GOLDEN/loyalty-report/merged-in-a-circle/in"
	printf '{"name":"%s","%s":1,"units":{"%s":{"decimals":"%s"}}}' "$ESCAPED" "$ESCAPED" "$ESCAPED" "$ESCAPED" >programme
	loyalty-check programme >out 2>err || :
	[ -s err ] || problem "loyalty-check: said nothing"
	clean out err
	printf '{"records":[{"fact":{"%s":{"%s":1}}}],"%s":"%s"}' "$ESCAPED" "$ESCAPED" "$ESCAPED" "$ESCAPED" >map
	echo a >table
	loyalty-import -m map table >out 2>err || :
	[ -s err ] || problem "loyalty-import: said nothing"
	clean out err
	no_problems
}

@test "messages about tables quote no control bytes" {
	printf 'id,when,card,total,note\n1,%s,m1,%s,a\n2,2026-01-05,"%s",%s,\n' "$RAW" "$RAW" "$RAW" "$RAW" >table
	loyalty-import -m "$GOLDEN/loyalty-import/simple.json" --rejects rejects table >out 2>err || :
	clean err
	printf 'id,when,"%s"\n' "$RAW" >table
	said loyalty-import -m "$GOLDEN/loyalty-import/simple.json" table
	no_problems
}

@test "tables for people and programmes in words show no control bytes" {
	local report

	sed "s/\"Corner Shop\"/\"$(printf '%s' "$ESCAPED" | sed 's/\\/\\\\/g')\"/; s/\"points\"/\"points$(printf '%s' '\u001b[1m' | sed 's/\\/\\\\/g')\"/g" \
		"$SHOP" >programme.json
	loyalty-check programme.json
	{
		printf '{"type":"enrol","id":"e","at":"2026-01-02","member":"%s"}\n' "$ESCAPED"
		printf '{"type":"purchase","id":"%s","at":"2026-01-03","member":"%s","amount":"500.00"}\n' "$ESCAPED" "$ESCAPED"
		printf '{"type":"purchase","id":"%s","at":"2026-01-04","member":"m\302\233","amount":"5.00"}\n' "$ESCAPED"
	} >facts
	loyalty-post -p programme.json facts >ledger
	for report in balance "statement --member m"$'\302\233' liability rules; do
		loyalty-report $report -p programme.json ledger >table || problem "$report: status $?"
		[ -s table ] || problem "$report: wrote nothing"
		clean table
	done
	loyalty-report statement --member "$(printf '"%s"' "$ESCAPED" | jq -r .)" -p programme.json ledger >table || problem "statement: status $?"
	clean table
	loyalty-check --explain programme.json >words
	grep -q red words || problem "--explain: the name is not there"
	clean words
	no_problems
}
