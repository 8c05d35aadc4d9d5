#!/bin/bash
# run.sh [--laws] BUILD - run every test of a build, or only the laws; the last line counts them
#
# Unit programs, fuzz targets and laws count as one test each, as each bats test does. LAWS is the number of random
# programmes that each law is tried on.

set -u
cd "$(dirname "$0")/.." || exit 1

laws_only=false
if [ "${1:-}" = --laws ]; then
	laws_only=true
	shift
fi
BUILD=$(realpath "${1:-build}") || exit 1
LAWS=${LAWS:-60}
export BUILD LAWS PATH="$BUILD/bin:$PATH"
# A finding of a sanitizer must not look like an exit code of ours.
export ASAN_OPTIONS=${ASAN_OPTIONS:-exitcode=99:detect_leaks=1}
export UBSAN_OPTIONS=${UBSAN_OPTIONS:-print_stacktrace=1:exitcode=99}
unset MAKEFLAGS MAKELEVEL MFLAGS LOYALTY_PROGRAMME

passed=0
failed=0
skipped=0
output=$(mktemp)
trap 'rm -f "$output"' EXIT

# What a unit test says is shown where it fails.
run_unit()
{
	local source program

	for source in tests/unit/*.c; do
		[ -e "$source" ] || continue
		program=$BUILD/unit/$(basename "$source" .c)
		if timeout 600 "$program" >"$output" 2>&1 </dev/null; then
			echo "ok unit/$(basename "$program")"
			passed=$((passed + 1))
		else
			echo "not ok unit/$(basename "$program") (exit $?)"
			sed 's/^/# /' "$output"
			failed=$((failed + 1))
		fi
	done
}

# The fuzz targets, on what they begin with and on what was found once.
run_replays()
{
	local source target inputs

	rm -rf "$BUILD/seeds"
	python3 tests/fuzz/seeds.py "$BUILD/seeds"
	for source in tests/fuzz/*.c; do
		target=$(basename "$source" .c)
		inputs=("$BUILD/seeds/$target")
		[ ! -d "tests/fuzz/found/$target" ] || inputs+=("tests/fuzz/found/$target")
		if [ -n "$(ls "${inputs[0]}")" ] &&
			timeout 600 "$BUILD/replay/$target" "${inputs[@]}" >"$output" 2>&1 </dev/null; then
			echo "ok fuzz/$target"
			passed=$((passed + 1))
		else
			echo "not ok fuzz/$target (exit $?)"
			tail -n 20 "$output" | sed 's/^/# /'
			failed=$((failed + 1))
		fi
	done
}

# run_tap NAME COMMAND…: shows what it says, and counts it. A plan that is not kept is a failure.
run_tap()
{
	local name=$1 status good bad jumped planned

	shift
	timeout -k 10 1500 "$@" </dev/null 2>&1 | tee "$output"
	status=${PIPESTATUS[0]}
	jumped=$(grep -cE '^ok .*# skip' "$output")
	good=$(($(grep -c '^ok ' "$output") - jumped))
	bad=$(grep -c '^not ok ' "$output")
	planned=$(sed -n 's/^1\.\.\([0-9]*\)$/\1/p' "$output" | tail -n 1)
	if [ "$bad" -eq 0 ] && { [ "$status" -ne 0 ] || [ "${planned:-$good}" -ne $((good + jumped)) ]; }; then
		echo "not ok $name broke off (exit $status)"
		bad=1
	fi
	passed=$((passed + good))
	failed=$((failed + bad))
	skipped=$((skipped + jumped))
}

# Each law says "LAW held on N", and ", broken by …" where it was.
run_laws()
{
	local status good bad

	timeout -k 10 1500 tests/laws/laws.sh --count "$LAWS" --keep "$BUILD/laws" </dev/null 2>&1 |
		tee "$output"
	status=${PIPESTATUS[0]}
	good=$(grep -cE '^[a-z0-9]+ held on [1-9][0-9]*$' "$output")
	bad=$(grep -E '^[a-z0-9]+ held on [0-9]+' "$output" | grep -cvE ' held on [1-9][0-9]*$')
	if [ "$status" -ne 0 ] && [ "$bad" -eq 0 ]; then
		echo "not ok laws (exit $status)"
		bad=1
	fi
	passed=$((passed + good))
	failed=$((failed + bad))
}

if ! $laws_only; then
	run_unit
	run_replays
	run_tap bats bats --tap tests/*.bats
fi
[ ! -e tests/laws/laws.sh ] || run_laws

counts="$passed passed, $failed failed"
[ "$skipped" -eq 0 ] || counts+=", $skipped skipped"
echo "$counts"
[ "$failed" -eq 0 ] && [ "$passed" -gt 0 ]
