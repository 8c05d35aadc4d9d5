#!/usr/bin/env bats
# occurred.bats - facts that occurred long before they came: refused by the pipeline, the oracle and the audit, and
# behind a snapshot that has forgotten their period, as by loyalty-post; and it forgets none that a cancel may ask for

load helper
load agree

export PROGRAMME=$ROOT/tests/golden/occurred.json
export CASES=occurred-

@test "the pipeline refuses the same facts" {
	each_case 3 pipeline
}

@test "the oracle refuses the same facts" {
	[ -e "$ROOT/tests/laws/oracle.py" ] || skip "there is no oracle"
	each_case 3 oracle
}

@test "the audit finds nothing" {
	each_case 3 clean
}

@test "a snapshot goes on with the same refusals" {
	each_case 3 cut_anywhere
}

@test "reports know that nothing came of what was refused" {
	local ledger=$BATS_TEST_TMPDIR/ledger

	sed '/"l-2"/,/"a-6"/d' "$ROOT/tests/golden/loyalty-post/occurred-long-before/in" |
		loyalty-post -p "$PROGRAMME" >"$ledger"
	[ "$(jq -r 'select(.why == "late-claim") | .rule' "$ledger" | grep -cE 'grant|leave')" -eq 2 ]
	run loyalty-report statement -p "$PROGRAMME" -m m1 "$ledger"
	grep -qxE "club +basic" <<<"$output"
}
