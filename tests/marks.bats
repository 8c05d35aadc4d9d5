#!/usr/bin/env bats
# marks.bats - thresholds that were reached are forgotten when nothing counts in their period any more (agree.bats has
# their cases)

load helper

export PROGRAMME=$ROOT/tests/golden/marks.json

# marks YEARS: of how many thresholds the snapshot knows after years of purchases, one a month.
marks()
{
	awk -v months=$((12 * $1)) 'BEGIN {
		for (i = 0; i < months; i++)
			printf "{\"type\":\"purchase\",\"id\":\"t-%d\",\"at\":\"%d-%02d-15\",\"member\":\"m1\",\"amount\":\"40.00\"}\n",
				i, 2000 + i / 12, 1 + i % 12
	}' | loyalty-post -p "$PROGRAMME" | loyalty-snapshot -p "$PROGRAMME" |
		jq -n '[inputs.state.reached // empty | length] | add'
}

@test "no more of them are known after ten years than after one" {
	[ "$(marks 1)" -gt 1 ]
	assert_equal "$(marks 10)" "$(marks 1)"
}
