#!/usr/bin/env bats
# report.bats - what goldens of loyalty-report cannot show: terminals, several files,
# failures to read and write, and random ledgers against sums made by awk

load helper

setup() {
	cd "$BATS_TEST_TMPDIR" || return 1
	golden=$ROOT/tests/golden/loyalty-report
	beans=$golden/beans.json
	ledger=$golden/balance/in
}

# check STATUS OUTPUT STDERR after `run --separate-stderr`; what differs is shown.
# shellcheck disable=SC2154 # `run` assigns stderr
check() {
	[ "$status" -eq "$1" ] || echo "status $status, not $1"
	[ "$output" = "$2" ] || printf 'output:\n%s\nexpected:\n%s\n' "$output" "$2"
	[ "$stderr" = "$3" ] || printf 'stderr:\n%s\nexpected:\n%s\n' "$stderr" "$3"
	[ "$status" -eq "$1" ] && [ "$output" = "$2" ] && [ "$stderr" = "$3" ]
}

# What a command shows on a terminal.
on_terminal() {
	script -qec "$*" /dev/null </dev/null | tr -d '\r'
}

@test "a terminal gets colours, and block characters where it speaks UTF-8" {
	command -v script >/dev/null || skip "there is no script(1)"
	report="loyalty-report statement -p $beans -m m1 $ledger"
	on_terminal "LC_ALL=C.UTF-8 $report" >out
	grep -qF $'\e[1mdate' out
	grep -qF $'\e[31m  -100  \e[0m' out
	grep -qF 'gold    [██░░░░░░░░░░░░░░░░░░] 50.00 of 500.00 spend' out
	on_terminal "LC_ALL=C $report" >out
	grep -qF 'gold    [##..................] 50.00 of 500.00 spend' out
	on_terminal "LC_ALL=C NO_COLOR=1 $report" >out
	cmp out "$golden/statement/out"
	on_terminal "LC_ALL=C.UTF-8 $report -o file"
	cmp file "$golden/statement/out"
}

@test "the locale and the machine's zone change nothing" {
	loyalty-report statement -p "$golden/stamps.json" -m 민준 "$golden/statement-vouchers/in" >c
	TZ=America/New_York LC_ALL=C.UTF-8 LANG=ko_KR.UTF-8 \
		loyalty-report statement -p "$golden/stamps.json" -m 민준 "$golden/statement-vouchers/in" >other
	cmp c other
	cmp c "$golden/statement-vouchers/out"
}

@test "the programme may be named in the environment" {
	LOYALTY_PROGRAMME=$beans run --separate-stderr loyalty-report balance "$ledger"
	check 0 "$(cat "$golden/balance/out")" ""
}

@test "files are read one after the other, each a whole ledger" {
	head -n 1 "$ledger" >empty
	printf '%s\n' '{"type":"end","counts":{},"units":{"points":0,"spend":"0.00"},"repeats":0,"rejected":0}' >>empty
	run --separate-stderr loyalty-report balance -p "$beans" empty - empty <"$ledger"
	check 0 "$(cat "$golden/balance/out")" ""
	head -n 3 "$ledger" >half
	run --separate-stderr loyalty-report balance -p "$beans" half "$ledger"
	check 3 "" "loyalty-report: half: cut off: 'begin' without 'end'"
	: >nothing
	run --separate-stderr loyalty-report balance -p "$beans" "$ledger" nothing
	check 3 "" "loyalty-report: nothing: no input: upstream wrote nothing"
}

@test "an output appears whole or not at all" {
	echo old >file
	run --separate-stderr loyalty-report balance -p "$beans" -o file "$golden/cut-off/in"
	check 3 "" "loyalty-report: $golden/cut-off/in: cut off: 'begin' without 'end'"
	[ "$(cat file)" = old ]
	run --separate-stderr loyalty-report balance -p "$beans" -o file "$ledger"
	check 0 "" ""
	cmp file "$golden/balance/out"
}

@test "what cannot be read or written is said" {
	run --separate-stderr loyalty-report balance -p "$beans" absent
	check 4 "" "loyalty-report: cannot open 'absent': No such file or directory"
	run --separate-stderr loyalty-report balance -p "$beans" .
	check 4 "" "loyalty-report: cannot open '.': Is a directory"
	run --separate-stderr bash -c "loyalty-report balance -p '$beans' '$ledger' >/dev/full"
	check 4 "" "loyalty-report: cannot write '<stdout>': No space left on device"
	run --separate-stderr loyalty-report balance -p . "$ledger"
	check 4 "" "loyalty-report: cannot read '.': Is a directory"
	echo '{' >bad.json
	run --separate-stderr loyalty-report balance -p bad.json "$ledger"
	[ "$status" -eq 2 ]
	[ -z "$output" ]
	[[ $stderr == "loyalty-report: bad.json:"* ]]
}

# A ledger of random postings, and what awk adds up of it: "member balance" in
# `sums`, "month kind amount" in `months`. Amounts are whole points of beans.json.
random_ledger() { # seed count digest
	awk -v seed="$1" -v count="$2" -v digest="$3" 'BEGIN {
		srand(seed)
		split("earned adjusted redeemed waived", kinds)
		printf "{\"type\":\"begin\",\"version\":1,\"programme\":\"Beans\",\"digest\":\"%s\",\"deciders\":[\"earn\"],\"postings_only\":true}\n", digest
		for (i = 0; i < count; i++) {
			member = sprintf("m%d", rand() * rand() * 40)
			kind = kinds[1 + int(rand() * 4)]
			month = 1 + int(i * 12 / count)
			amount = int(rand() * 100000)
			if (kind == "redeemed" || (kind == "adjusted" && rand() < 0.5))
				amount = -amount
			if (amount == 0)
				continue
			printf "{\"type\":\"%s\",\"id\":\"%d:x\",\"at\":\"2026-%02d-15T12:00:00-05:00\",\"member\":\"%s\",\"of\":\"%d\",\"rule\":\"base\",\"units\":{\"points\":%d}}\n", kind, i, month, member, i, amount
			counts[kind]++
			total += amount
			if (!(member in sums))
				order[++members] = member
			sums[member] += amount
			months[month, kind] += amount
		}
		for (k = 1; k <= 4; k++)
			if (counts[kinds[k]])
				list = list (list ? "," : "") "\"" kinds[k] "\":" counts[kinds[k]]
		printf "{\"type\":\"end\",\"counts\":{%s},\"units\":{\"points\":%d,\"spend\":\"0.00\"},\"repeats\":0,\"rejected\":0}\n", list, total
		for (i = 1; i <= members; i++)
			print order[i], sums[order[i]] >"sums"
		for (month = 1; month <= 12; month++) {
			closing = opening
			for (k = 1; k <= 4; k++)
				closing += months[month, kinds[k]]
			print sprintf("2026-%02d", month), opening + 0, months[month, "earned"] + 0, \
				months[month, "adjusted"] + 0, months[month, "redeemed"] + 0, \
				months[month, "waived"] + 0, closing >"months"
			opening = closing
		}
	}'
}

@test "random ledgers add up to what awk makes of them" {
	digest=$(head -n 1 "$ledger" | sed 's/.*"digest":"//; s/".*//')
	for seed in ${SEED:-1 2 $RANDOM}; do
		echo "SEED=$seed"
		rm -f sums months
		random_ledger "$seed" 2000 "$digest" >in
		loyalty-report balance -p "$beans" --format tsv in |
			awk -F '\t' '$2 == "points" { print $1, $3 }' >found
		diff sums found || return 1
		# usable, pending and nothing else: a lot's sum is the balance
		loyalty-report balance -p "$beans" --format tsv in |
			awk -F '\t' '$2 == "points" && $3 != $4 + $5 { print; bad = 1 } END { exit bad }' || return 1
		loyalty-report liability -p "$beans" --by month --from 2026-01-01 --through 2026-12-31 --format tsv in |
			awk -F '\t' '$3 == "points" { print substr($1, 1, 7), $4, $5, $7, $8, $11, $14 }' >found
		diff months found || return 1
	done
}
