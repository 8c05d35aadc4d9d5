#!/usr/bin/env bats
# golden.bats - every tests/golden/TOOL/CASE gives its exact output, messages and exit status
#
# A case is a directory: `args` (words as the shell reads them), `in` (standard input; may be left
# out), `out`, `err`, `status`. The tool runs in that directory, so other files may lie there.

load helper

# golden_case DIRECTORY: a problem for each thing that is not as written there.
golden_case()
{
	local dir=$1 tool name input=/dev/null status file

	tool=$(basename "$(dirname "$dir")")
	name=$tool/$(basename "$dir")
	for file in args out err status; do
		[ -f "$dir/$file" ] || { problem "$name: there is no '$file'"; return; }
	done
	command -v "$tool" >/dev/null || { problem "$name: there is no tool '$tool'"; return; }
	[ ! -f "$dir/in" ] || input=in

	# Messages go through a pipe, so that a case may name /dev/stderr as a file.
	{
		status=0
		(
			cd "$dir" || exit 99
			eval "set -- $(cat args)"
			exec "$tool" "$@" <"$input" >"$BATS_TEST_TMPDIR/out"
		) || status=$?
		echo $status >"$BATS_TEST_TMPDIR/status"
	} 2>&1 | cat >"$BATS_TEST_TMPDIR/err"
	status=$(cat "$BATS_TEST_TMPDIR/status")

	[ "$status" = "$(cat "$dir/status")" ] ||
		problem "$name: status $status, expected $(cat "$dir/status")"
	for file in out err; do
		cmp -s "$dir/$file" "$BATS_TEST_TMPDIR/$file" ||
			problem "$name: $file" "$(diff -au --label expected --label found \
				"$dir/$file" "$BATS_TEST_TMPDIR/$file" | head -n 20)"
	done
}

@test "golden cases" {
	local dir count=0

	for dir in "$ROOT"/tests/golden/*/*/; do
		[ -d "$dir" ] || continue
		golden_case "${dir%/}"
		count=$((count + 1))
	done
	echo "# $count golden cases" >&3
	no_problems
}
