#!/usr/bin/env bats
# large.bats - sums over all members that no 64 bits hold: in the pipeline, the oracle, the audit and snapshots as in
# loyalty-post
#
# loyalty-earn's sums lack what the later filters take away, so they are larger than loyalty-post's.

load helper
load agree

export PROGRAMME=$ROOT/tests/golden/large.json
export CASES=large-sums-of-

@test "the pipeline ends as the one pass does" {
	each_case 2 pipeline
}

@test "the oracle adds up the same" {
	[ -e "$ROOT/tests/laws/oracle.py" ] || skip "there is no oracle"
	each_case 2 oracle
}

@test "the audit finds nothing, half-way neither" {
	each_case 2 clean
	each_case 2 clean_half_way
}

clean_half_way()
{
	[ -z "$(loyalty-earn -p "$PROGRAMME" "$1" | loyalty-check -p "$PROGRAMME" - 2>&1)" ]
}

@test "a snapshot goes on with them" {
	each_case 2 cut_anywhere
}
