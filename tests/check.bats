#!/usr/bin/env bats
# check.bats - loyalty-check beyond its golden cases: files, several of them, what is shipped

load helper

setup()
{
	cd "$BATS_TEST_TMPDIR" || return
	echo '{ "name": "Good", "timezone": "UTC", "currency": "EUR" }' >good.json
	echo '{ "name": "Bad", "timezone": "UTC" }' >bad.json
}

@test "every programme that is shipped is valid and nothing in it looks like a slip" {
	run --separate-stderr loyalty-check "$ROOT"/share/programmes/*.json
	assert_equal "$output" ''
	assert_equal "$stderr" ''
	assert_success
}

@test "files are named where they are wrong, and the others are checked all the same" {
	run --separate-stderr loyalty-check bad.json good.json missing.json bad.json
	assert_equal "$output" ''
	assert_equal "$stderr" "loyalty-check: bad.json: missing 'currency'
loyalty-check: cannot open 'missing.json': No such file or directory
loyalty-check: bad.json: missing 'currency'"
	assert_equal "$status" 4
}

@test "standard input is read without a file" {
	run --separate-stderr loyalty-check <bad.json
	assert_equal "$stderr" "loyalty-check: <stdin>: missing 'currency'"
	assert_equal "$status" 2
}

@test "a byte order mark and CRLF are accepted" {
	printf '\xEF\xBB\xBF{ "name": "T",\r\n"timezone": "UTC", "currency": "EUR" }\r\n' >bom.json
	run --separate-stderr loyalty-check bom.json
	assert_equal "$output$stderr" ''
	assert_success
}

@test "warnings do not fail, and --quiet leaves them out" {
	echo '{ "name": "T", "timezone": "UTC", "currency": "EUR", "units": { "p": {} } }' >warn.json
	run --separate-stderr loyalty-check warn.json
	assert_equal "$stderr" "loyalty-check: warn.json: units.p: warning: no rule gives 'p'"
	assert_success
	run --separate-stderr loyalty-check -q warn.json
	assert_equal "$stderr" ''
	assert_success
}

@test "--explain writes what valid documents say" {
	run --separate-stderr loyalty-check --explain good.json bad.json
	assert_line --index 0 'Good (UTC, EUR)'
	assert_line '  overdrawn: negative (default)'
	refute_output --partial 'Bad'
	assert_equal "$stderr" "loyalty-check: bad.json: missing 'currency'"
	assert_equal "$status" 2
}

@test "--explain finds words for everything in the programmes that are shipped" {
	run --separate-stderr loyalty-check --explain "$ROOT"/share/programmes/*.json
	assert_equal "$stderr" ''
	assert_success
	assert_line '  vib (VIB): needs 350.00 spend'
	assert_line '  same-reward: at most 10 times per year for each choice'
	assert_line --partial 'money off: 0.10 per gallons, up to 35'
	assert_line --partial 'for percent off: 15; for any line;'
	refute_output --regexp '[{}"]'
}
