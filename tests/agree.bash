# agree.bash - golden cases of loyalty-post, held against whatever else says what they must give: `load agree`
#
# PROGRAMME is that of the cases, CASES the beginning of their names.

# each_case LEAST COMMAND: runs it with the facts and the ledger of every case, of which there are so many
each_case()
{
	local dir count=0

	for dir in "$ROOT"/tests/golden/loyalty-post/"$CASES"*/; do
		"$2" "$dir/in" "$dir/out" || problem "$(basename "$dir"): $2"
		count=$((count + 1))
	done
	[ "$count" -ge "$1" ] || problem "only $count cases"
	no_problems
}

pipeline()
{
	loyalty-earn -p "$PROGRAMME" "$1" | loyalty-tier -p "$PROGRAMME" |
		loyalty-redeem -p "$PROGRAMME" | loyalty-expire -p "$PROGRAMME" | cmp - "$2"
}

# The oracle does not know the programme's digest.
oracle()
{
	python3 "$ROOT/tests/laws/oracle.py" "$PROGRAMME" <"$1" | tail -n +2 | cmp - <(tail -n +2 "$2")
}

clean()
{
	[ -z "$(loyalty-check "$2" 2>&1)" ] && [ -z "$(loyalty-check -p "$PROGRAMME" "$2" 2>&1)" ]
}

# Cut anywhere, both parts are clean, and the whole ends as it does in one.
cut_anywhere()
{
	local facts=$1 lines=0 first=$BATS_TEST_TMPDIR/first last=$BATS_TEST_TMPDIR/last at

	lines=$(wc -l <"$facts")
	for ((at = 1; at < lines; at++)); do
		head -n "$at" "$facts" | loyalty-post -p "$PROGRAMME" | loyalty-snapshot -p "$PROGRAMME" >"$first" || return 1
		tail -n +$((at + 1)) "$facts" | cat "$first" - | loyalty-post -p "$PROGRAMME" >"$last" || return 1
		[ -z "$(loyalty-check -p "$PROGRAMME" "$last" 2>&1)" ] || return 1
		cmp <(loyalty-snapshot -p "$PROGRAMME" "$last") <(loyalty-snapshot -p "$PROGRAMME" "$2") || return 1
	done
}
