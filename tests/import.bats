#!/usr/bin/env bats
# import.bats - loyalty-import against tools that share no code with it, and on real tables
#
# Small cases are goldens, in tests/golden/loyalty-import.

load helper

DATA=${REAL_DATA:-$ROOT/../shared/data}
MAPS=$ROOT/share/import

setup()
{
	cd "$BATS_TEST_TMPDIR" || return 1
}

# needs FILE: skips where the real data is not here.
needs()
{
	[ -f "$DATA/$1" ] || skip "no $1 in $DATA"
}

@test "shipped maps are valid" {
	local map

	for map in "$MAPS"/*.json; do
		run --separate-stderr loyalty-import --check -m "$map"
		[ "$status" -eq 0 ] && [ -z "$output$stderr" ] || problem "$map: $stderr"
	done
	no_problems
}

@test "cells survive, however they are quoted" {
	run --separate-stderr "$ROOT/tests/import_cells.py" 20261122 400
	assert_output ''
	assert_equal "$stderr" ''
	assert_success
}

# A journal in which the lines of 300 baskets stand in random order.
random_journal()
{
	awk -v seed="$1" 'BEGIN {
		srand(seed)
		print "basket,at,member,sku,amount"
		for (i = 0; i < 2000; i++) {
			basket = int(rand() * 300)
			printf "b%d,2026-03-%02d,m%d,s%d,%d.%02d\n", basket, basket % 28 + 1, basket % 40,
				rand() * 50, rand() * 100, rand() * 100
		}
	}'
}

journal_map()
{
	cat <<-END
	{
	  "currency": "EUR", "group": { "by": "basket", "adjacent": $1 },
	  "records": [ { "fact": {
	    "type": "purchase", "id": "{basket}", "at": { "time": "at" }, "member": "{member}",
	    "amount": { "money": "amount", "sum": true },
	    "items": { "sku": "{sku}", "amount": { "money": "amount" } } } } ]
	}
	END
}

@test "baskets are what awk adds up, in the order of their first rows" {
	random_journal 7 >journal.csv
	journal_map false >apart.json
	awk -F, 'NR > 1 {
		if (!($1 in cents)) order[++count] = $1
		split($5, parts, ".")
		cents[$1] += parts[1] * 100 + parts[2]
		lines[$1]++
	} END { for (i = 1; i <= count; i++) print order[i], cents[order[i]], lines[order[i]] }' \
		journal.csv >expected
	loyalty-import -m apart.json journal.csv >facts.ndjson
	jq -r '[.id, (.amount | sub("\\."; "") | tonumber), (.items | length)] | join(" ")' \
		facts.ndjson >found
	diff expected found
	jq -r 'select((.amount | sub("\\."; "") | tonumber) !=
		([.items[].amount | sub("\\."; "") | tonumber] | add)) | .id' facts.ndjson >uneven
	[ ! -s uneven ]
}

@test "adjacent rows give the same facts, adjacent or not" {
	random_journal 8 >journal.csv
	(head -n 1 journal.csv; tail -n +2 journal.csv | sort -s -t, -k1,1) >sorted.csv
	journal_map false >apart.json
	journal_map true >adjacent.json
	loyalty-import -m apart.json sorted.csv >one
	loyalty-import -m adjacent.json sorted.csv >other
	cmp one other
}

@test "every row of a table is in a fact, skipped or rejected" {
	random_journal 9 | awk -F, -v OFS=, 'NR > 1 && NR % 97 == 0 { $5 = "?" } NR % 89 == 0 { $2 = "" } 1' \
		>journal.csv
	journal_map false >apart.json
	run --separate-stderr bash -c 'loyalty-import -m apart.json --rejects rejects.ndjson journal.csv >facts.ndjson'
	assert_equal "$status" 1
	imported=$(jq '.items | length' facts.ndjson | awk '{ n += $1 } END { print n + 0 }')
	rejected=$(wc -l <rejects.ndjson)
	[ "$rejected" -gt 20 ]
	assert_equal $((imported + rejected)) 2000
	assert_equal "$stderr" "loyalty-import: $rejected lines rejected"
	# Rejects are the rows as they were, each once.
	jq -r .text rejects.ndjson | sort >found
	jq -r .line rejects.ndjson | while read -r line; do sed -n "${line}p" journal.csv; done | sort | diff - found
}

@test "a row without end stops the run, also with --rejects" {
	printf 'basket,at,member,sku,amount\nb1,2026-03-01,m1,s1,1.00\nb2,2026-03-01,"' >open.csv
	head -c 1200000 /dev/zero | tr '\0' 'x' | fold -w 100 >>open.csv
	journal_map true >adjacent.json
	run --separate-stderr loyalty-import -m adjacent.json --rejects rejects.ndjson open.csv
	assert_equal "$status" 3
	assert_equal "$stderr" \
		"loyalty-import: open.csv:3: row over 1048576 bytes: a quote is not closed, or this is not a table"
}

@test "CDNOW: every row a purchase, and all totals tie" {
	needs cdnow.txt.gz
	zcat "$DATA/cdnow.txt.gz" >cdnow.txt
	run --separate-stderr bash -c "loyalty-import -m '$MAPS/cdnow.json' cdnow.txt >facts.ndjson"
	assert_equal "$status:$stderr" "0:"
	run jq -rs '[length, ([.[].member] | unique | length), ([.[].cds] | add),
		([.[].amount | sub("\\."; "") | tonumber] | add), ([.[].id] | unique | length),
		(map(.at) | min, max)] | join(" ")' facts.ndjson
	assert_output "69659 23570 167881 250031563 69659 1997-01-01 1998-06-30"
	# Month by month against awk, to the cent.
	tail -n +2 cdnow.txt | tr -d '\r' | awk '{
		split($4, parts, "."); month = substr($2, 1, 4) "-" substr($2, 5, 2)
		rows[month]++; cents[month] += parts[1] * 100 + parts[2]
	} END { for (month in rows) print month, rows[month], cents[month] }' | sort >expected
	jq -r '[.at[:7], (.amount | sub("\\."; ""))] | join(" ")' facts.ndjson |
		awk '{ rows[$1]++; cents[$1] += $2 } END { for (m in rows) print m, rows[m], cents[m] }' |
		sort >found
	diff expected found
}

@test "Complete Journey: lines become baskets, and all totals tie" {
	needs complete_journey.csv.gz
	zcat "$DATA/complete_journey.csv.gz" >lines.csv
	run --separate-stderr bash -c "loyalty-import -m '$MAPS/complete-journey.json' lines.csv >facts.ndjson"
	assert_equal "$status:$stderr" "0:"
	run jq -rs '[length, ([.[].member] | unique | length), ([.[].items | length] | add),
		([.[].amount | sub("\\."; "") | tonumber] | add), ([.[].store] | unique | length),
		(map(.at) | max)] | join(" ")' facts.ndjson
	assert_output "47243 2377 75000 23393524 293 2018-01-01T03:47:38Z"
	# Basket by basket against SQLite, to the cent.
	sqlite3 -cmd '.mode csv' -cmd '.import lines.csv lines' :memory: \
		"select basket_id, household_id, count(*), sum(cast(round(sales_value * 100) as integer)),
		 min(transaction_timestamp) from lines group by 1, 2" | tr -d '\r' | sort >expected
	jq -r '[.id, .member, (.items | length), (.amount | sub("\\."; "") | tonumber), .at] | join(",")' \
		facts.ndjson | sort >found
	cmp expected found
}
