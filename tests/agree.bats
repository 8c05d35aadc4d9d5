#!/usr/bin/env bats
# agree.bats - golden cases of loyalty-post, cut by what they are about: the pipeline, the laws' oracle, the audit and
# snapshots say the same of them
#
# A line of `families`: the programme, the beginning of the cases' names, how many there are at least, and what the
# first filter is told.

load helper

families()
{
	cat <<-'END'
		ids-again ids-again- 7
		cancels cancels- 3
		leaves leaves- 2
		merges merges- 6
		closings closings- 2
		marks marks- 3
		occurred occurred- 3
		large large-sums-of- 2
		given-back given-back- 1
		closed closed- 3 --late post
		everybody everybody- 3 --late post
		cuts cuts- 2
		late-names late-names- 2 --late post
		vouchers-over vouchers-over- 8
		falls falls- 3
		back-again back-again- 1
		returners returners- 2
	END
}

# each_case COMMAND: runs it with the facts and the ledger of every case of every family
each_case()
{
	local programme prefix least told dir count

	while read -r programme prefix least told; do
		read -ra TOLD <<<"$told"
		export PROGRAMME=$ROOT/tests/golden/$programme.json
		count=0
		for dir in "$ROOT"/tests/golden/loyalty-post/"$prefix"*/; do
			"$1" "$dir/in" "$dir/out" </dev/null || problem "$(basename "$dir"): $1"
			count=$((count + 1))
		done
		[ "$count" -ge "$least" ] || problem "only $count cases of $prefix"
	done < <(families)
	no_problems
}

pipeline()
{
	loyalty-earn -p "$PROGRAMME" "${TOLD[@]}" "$1" | loyalty-tier -p "$PROGRAMME" |
		loyalty-redeem -p "$PROGRAMME" | loyalty-expire -p "$PROGRAMME" | cmp - "$2"
}

# The oracle does not know the programme's digest.
oracle()
{
	python3 "$ROOT/tests/laws/oracle.py" "${TOLD[@]}" "$PROGRAMME" <"$1" | tail -n +2 | cmp - <(tail -n +2 "$2")
}

clean()
{
	[ -z "$(loyalty-check "$2" 2>&1)" ] && [ -z "$(loyalty-check -p "$PROGRAMME" "$2" 2>&1)" ]
}

# What not all filters have posted: its sums lack what the later ones take away, and it names lots that only they move.
clean_half_way()
{
	local data=$BATS_TEST_TMPDIR/half-way tool told=("${TOLD[@]}")

	cp "$1" "$data" || return
	for tool in earn tier redeem; do
		loyalty-$tool -p "$PROGRAMME" "${told[@]}" -o "$data.$tool" "$data" || return
		clean "$1" "$data.$tool" || return
		data=$data.$tool told=()
	done
}

# Cut anywhere, both parts are clean, and the whole ends as it does in one.
cut_anywhere()
{
	local facts=$1 lines=0 first=$BATS_TEST_TMPDIR/first last=$BATS_TEST_TMPDIR/last at

	lines=$(wc -l <"$facts")
	for ((at = 1; at < lines; at++)); do
		head -n "$at" "$facts" | loyalty-post -p "$PROGRAMME" "${TOLD[@]}" |
			loyalty-snapshot -p "$PROGRAMME" >"$first" || return 1
		tail -n +$((at + 1)) "$facts" | cat "$first" - | loyalty-post -p "$PROGRAMME" "${TOLD[@]}" >"$last" || return 1
		clean "$facts" "$last" || return 1
		cmp <(loyalty-snapshot -p "$PROGRAMME" "$last") <(loyalty-snapshot -p "$PROGRAMME" "$2") || return 1
	done
}

# Every row of the whole; who was only named may have a row of nothing beside them.
reported_anywhere()
{
	local facts=$1 lines=0 first=$BATS_TEST_TMPDIR/first at

	lines=$(wc -l <"$facts")
	loyalty-report balance -p "$PROGRAMME" --format ndjson "$2" | sort >"$first.rows"
	for ((at = 1; at < lines; at++)); do
		head -n "$at" "$facts" | loyalty-post -p "$PROGRAMME" "${TOLD[@]}" |
			loyalty-snapshot -p "$PROGRAMME" >"$first" || return 1
		tail -n +$((at + 1)) "$facts" | cat "$first" - | loyalty-post -p "$PROGRAMME" "${TOLD[@]}" |
			loyalty-report balance -p "$PROGRAMME" --format ndjson | sort | comm -23 "$first.rows" - |
			diff /dev/null - || return 1
	done
}

@test "the pipeline writes the same" {
	each_case pipeline
}

@test "the oracle writes the same" {
	[ -e "$ROOT/tests/laws/oracle.py" ] || skip "there is no oracle"
	each_case oracle
}

@test "the audit finds nothing" {
	each_case clean
}

@test "nor does it half-way through the pipeline" {
	each_case clean_half_way
}

@test "a snapshot anywhere changes nothing" {
	each_case cut_anywhere
}

@test "nor does it in what is reported" {
	each_case reported_anywhere
}
