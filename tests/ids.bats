#!/usr/bin/env bats
# ids.bats - where ids are used again: by the pipeline, the laws' oracle, the audit and snapshots as by loyalty-post

load helper
load agree

export PROGRAMME=$ROOT/tests/golden/ids-again.json
export CASES=ids-again-

@test "the pipeline gives the same ids" {
	each_case 7 pipeline
}

@test "the oracle gives the same ids" {
	[ -e "$ROOT/tests/laws/oracle.py" ] || skip "there is no oracle"
	each_case 7 oracle
}

@test "the audit finds nothing" {
	each_case 7 clean
}

@test "a snapshot keeps which ids are taken" {
	each_case 7 cut_anywhere
}
