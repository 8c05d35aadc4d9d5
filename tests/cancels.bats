#!/usr/bin/env bats
# cancels.bats - what is forgotten of redemptions after the policy's time for returns (agree.bats has their cases)

load helper

export PROGRAMME=$ROOT/tests/golden/cancels.json

# redemptions YEARS: how many a snapshot knows after years of them, one a month.
redemptions()
{
	awk -v months=$((12 * $1)) 'BEGIN {
		for (i = 0; i < months; i++) {
			month = sprintf("%d-%02d", 2000 + i / 12, 1 + i % 12)
			printf "{\"type\":\"purchase\",\"id\":\"t-%d\",\"at\":\"%s-15\",\"member\":\"m1\",\"amount\":\"40.00\"}\n", i, month
			printf "{\"type\":\"redeem\",\"id\":\"r-%d\",\"at\":\"%s-16\",\"member\":\"m1\",\"points\":40}\n", i, month
		}
	}' | loyalty-post -p "$PROGRAMME" | loyalty-snapshot -p "$PROGRAMME" |
		jq -n '[inputs.state.facts // empty | .[] | select(.type == "redeem")] | length'
}

@test "no more of them are known after ten years than after one" {
	[ "$(redemptions 1)" -gt 0 ]
	assert_equal "$(redemptions 10)" "$(redemptions 1)"
}
