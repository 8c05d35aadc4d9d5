#!/usr/bin/env bats
# laws.bats - the laws hold where ids are used again as soon as they may be, which random logs do not do by themselves

load helper

@test "the laws hold for logs that use ids again" {
	[ -e "$ROOT/tests/laws/laws.py" ] || skip "there are no laws"
	run python3 "$ROOT/tests/laws/laws.py" --from 1 --count 12 --profile both --weight again=.6 \
		--keep "$BATS_TEST_TMPDIR/laws"
	assert_success
}
