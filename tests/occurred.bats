#!/usr/bin/env bats
# occurred.bats - what reports make of facts that occurred long before they came (agree.bats has their cases)

load helper

export PROGRAMME=$ROOT/tests/golden/occurred.json

@test "reports know that nothing came of what was refused" {
	local ledger=$BATS_TEST_TMPDIR/ledger

	sed '/"l-2"/,/"a-6"/d' "$ROOT/tests/golden/loyalty-post/occurred-long-before/in" |
		loyalty-post -p "$PROGRAMME" >"$ledger"
	[ "$(jq -r 'select(.why == "late-claim") | .rule' "$ledger" | grep -cE 'grant|leave')" -eq 2 ]
	run loyalty-report statement -p "$PROGRAMME" -m m1 "$ledger"
	grep -qxE "club +basic" <<<"$output"
}
