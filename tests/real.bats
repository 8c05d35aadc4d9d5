#!/usr/bin/env bats
# real.bats - two real purchase logs become ledgers whose every figure ties to the tables they came from
#
# The tables are not part of the project: cdnow.txt.gz and complete_journey.csv.gz, in the directory
# REAL_DATA or, where that is not set, ../shared/data. What is known of them (rows, customers, money) stands
# here; balances are held against tests/real/reckon.py.

load helper

DATA=${REAL_DATA:-$ROOT/../shared/data}

# $log is cdnow or grocery; each step leaves its file for the tests.
make_ledger()
{
	local log=$1 table=$2 map=$3 as_of=$4 work=$BATS_FILE_TMPDIR

	zcat "$DATA/$table" >"$work/$log.table"
	loyalty-import -m "$ROOT/share/import/$map" -o "$work/$log.facts" "$work/$log.table"
	loyalty-sort -p "$ROOT/tests/real/$log.json" -o "$work/$log.log" "$work/$log.facts"
	loyalty-post -p "$ROOT/tests/real/$log.json" --as-of "$as_of" -o "$work/$log.ledger" "$work/$log.log"
	python3 "$ROOT/tests/real/reckon.py" "$log" "$work/$log.table" | sort >"$work/$log.reckoned"
	jq -r '[.member, .amount, .at[:10], .cds, .store, (.items // [] | length)] | @tsv' \
		"$work/$log.facts" >"$work/$log.rows"
	jq -r 'select(.rule and .units) | [.type, .member, .units.points // 0, .units.spend // 0] | @tsv' \
		"$work/$log.ledger" >"$work/$log.units"
}

setup_file()
{
	[ -f "$DATA/cdnow.txt.gz" ] && [ -f "$DATA/complete_journey.csv.gz" ] || return 0
	make_ledger cdnow cdnow.txt.gz cdnow.json 1998-07-01
	make_ledger grocery complete_journey.csv.gz complete-journey.json 2018-01-01
}

setup()
{
	[ -f "$DATA/cdnow.txt.gz" ] && [ -f "$DATA/complete_journey.csv.gz" ] ||
		skip "the real logs are not in $DATA"
	cd "$BATS_FILE_TMPDIR" || return
}

# facts_figures LOG: rows, customers, money, first and last instant of the imported facts.
facts_figures()
{
	awk -F'\t' '
		{ rows++; member[$1]; split($2, part, "."); cents += part[1] * 100 + part[2] }
		first == "" || $3 < first { first = $3 }
		$3 > last { last = $3 }
		END { printf "%d %d %.2f %s %s\n", rows, length(member), cents / 100, first, last }' "$1.rows"
}

# report LOG: member, points, spend and level of each customer.
report()
{
	loyalty-report balance -p "$ROOT/tests/real/$1.json" --format tsv "$1.ledger" | awk -F'\t' '
		$2 == "points" { points[$1] = $3; level[$1] = $8 }
		$2 == "spend" { spend[$1] = $3 }
		END { for (m in points) printf "%s\t%s\t%s\t%s\n", m, points[m], spend[m], level[m] }' | sort
}

# sums LOG TYPE: member and sum of the points of that type of posting, those that are not 0.
sums()
{
	awk -F'\t' -v type="$2" '$1 == type { sum[$2] += $3 }
		END { for (m in sum) if (sum[m]) printf "%s\t%d\n", m, sum[m] }' "$1.units" | sort
}

# reckoned LOG COLUMN SIGN: the same of a column of what was reckoned.
reckoned()
{
	awk -F'\t' -v column="$2" -v sign="$3" '$column { printf "%s\t%d\n", $1, sign * $column }' \
		"$1.reckoned"
}

@test "CDNOW: every row is a purchase, and the money is the table's" {
	assert_equal "$(facts_figures cdnow)" "69659 23570 2500315.63 1997-01-01 1998-06-30"
	assert_equal "$(awk -F'\t' '{ sum += $4 } END { print sum }' cdnow.rows)" 167881
	assert_equal "$(awk -F'\t' '$2 == "0.00"' cdnow.rows | wc -l)" 80
	run jq -r '.counts.purchase, .units.spend, .repeats, .rejected' <(tail -n 1 cdnow.ledger)
	assert_output "69659
2500315.63
0
0"
}

@test "CDNOW: the months' rows and dollars" {
	run bash -c "loyalty-report liability -p '$ROOT/tests/real/cdnow.json' --by month --format tsv cdnow.ledger |
		awk -F'\t' '\$3 == \"spend\" { print substr(\$1, 1, 7), \$5 }' | sed -n '1,2p;18p'"
	assert_output "1997-01 299060.17
1997-02 379590.03
1998-06 76109.30"
	run bash -c "awk -F'\t' '{ rows[substr(\$3, 1, 7)]++ } END { for (m in rows) print m, rows[m] }' cdnow.rows |
		sort | sed -n '1,2p;18p'"
	assert_output "1997-01 8928
1997-02 11272
1998-06 2043"
}

@test "groceries: every line is in a basket, and the money is the table's" {
	assert_equal "$(facts_figures grocery | cut -d' ' -f1-3)" "47243 2377 233935.24"
	assert_equal "$(awk -F'\t' '{ sum += $6 } END { print sum }' grocery.rows)" 75000
	assert_equal "$(cut -f 5 grocery.rows | sort -u | wc -l)" 293
	assert_equal "$(grep -o '"qty":0,' grocery.facts | wc -l)" 416
	run jq -r '.counts.purchase, .units.spend, .repeats, .rejected' <(tail -n 1 grocery.ledger)
	assert_output "47243
233935.24
0
0"
}

@test "every customer's points, spend and level are as reckoned from the table" {
	local log

	for log in cdnow grocery; do
		cut -f 1-4 "$log.reckoned" | diff - <(report "$log") >difference ||
			problem "$log:" "$(head difference)"
	done
	no_problems
}

@test "every customer's earned, redeemed and expired points are as reckoned" {
	local log

	for log in cdnow grocery; do
		diff <(reckoned "$log" 5 1) <(sums "$log" earned) >difference ||
			problem "$log earned:" "$(head difference)"
		diff <(reckoned "$log" 6 -1) <(sums "$log" redeemed) >difference ||
			problem "$log redeemed:" "$(head difference)"
		diff <(reckoned "$log" 7 -1) <(sums "$log" expired) >difference ||
			problem "$log expired:" "$(head difference)"
	done
	no_problems
}

# Law 1: any tool adds the balances up.
@test "every balance is the sum of its postings" {
	local log

	for log in cdnow grocery; do
		awk -F'\t' '{ points[$2] += $3; spend[$2] += $4 }
			END { for (m in points) printf "%s\t%d\t%.2f\n", m, points[m], spend[m] }' \
			"$log.units" | sort >added
		awk -F'\t' '$3 != "0.00"' "$log.reckoned" | cut -f 1-3 | diff - added >difference ||
			problem "$log:" "$(head difference)"
		awk -F'\t' '{ points += $2; spend += $3 } END { printf "%d\t%.2f\n", points, spend }' \
			added >sum
		tail -n 1 "$log.ledger" | jq -r '[.units.points, .units.spend] | @tsv' | diff sum - \
			>difference || problem "$log: end" "$(cat difference)"
	done
	no_problems
}

# Law 2.
@test "the four filters write what loyalty-post writes, byte for byte" {
	local log as_of

	set -o pipefail
	for log in cdnow:1998-07-01 grocery:2018-01-01; do
		as_of=${log#*:}
		log=${log%:*}
		export LOYALTY_PROGRAMME=$ROOT/tests/real/$log.json
		loyalty-earn --as-of "$as_of" "$log.log" | loyalty-tier | loyalty-redeem | loyalty-expire |
			cmp - "$log.ledger" || problem "$log"
	done
	no_problems
}

# Law 5.
@test "every fact given twice is posted once" {
	local log

	for log in cdnow:1998-07-01 grocery:2018-01-01; do
		awk '{ print; print }' "${log%:*}.log" |
			loyalty-post -p "$ROOT/tests/real/${log%:*}.json" --as-of "${log#*:}" -o twice
		log=${log%:*}
		cmp <(head -n -1 twice) <(head -n -1 "$log.ledger") || problem "$log"
		diff <(tail -n 1 twice | jq -c .) <(tail -n 1 "$log.ledger" |
			jq -c ".repeats = .counts.purchase") >difference ||
			problem "$log: end" "$(cat difference)"
	done
	no_problems
}

# Law 8.
@test "every fact stands in the ledger as it was, in its order" {
	local log

	for log in cdnow grocery; do
		grep '^{"type":"purchase"' "$log.ledger" | cmp - "$log.log" || problem "$log"
	done
	no_problems
}

# Law 9.
@test "the same bytes come out in another zone and locale, and through a slow pipe" {
	local log as_of

	for log in cdnow:1998-07-01 grocery:2018-01-01; do
		as_of=${log#*:}
		log=${log%:*}
		dd if="$log.log" bs=777 status=none |
			TZ=Asia/Kathmandu LC_ALL=C.UTF-8 loyalty-post -p "$ROOT/tests/real/$log.json" \
				--as-of "$as_of" | cmp - "$log.ledger" || problem "$log"
	done
	no_problems
}
