#!/usr/bin/env bats
# cases.bats - the cases that were worked out by hand hold for the laws' oracle and for loyalty-post

load helper

setup()
{
	[ -e "$ROOT/tests/laws/cases.py" ] || skip "there are no cases"
}

@test "the oracle decides the cases as by hand" {
	run python3 "$ROOT/tests/laws/cases.py"
	assert_success
}

@test "loyalty-post decides the cases as by hand" {
	run python3 "$ROOT/tests/laws/cases.py" --tool loyalty-post
	assert_success
}
