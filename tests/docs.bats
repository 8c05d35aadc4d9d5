#!/usr/bin/env bats
# docs.bats - the demo, the README, completions, and that manuals name everything there is

load helper

# Long options of --help, one a line, sorted.
options_of_help()
{
	"$1" --help | grep -oE '^ +(-[[:alnum:]], )?--[a-z][a-z-]*' | grep -oE -e '--[a-z-]+' | sort -u
}

# What bash offers for an option of a tool, one a line, sorted.
options_of_bash()
{
	bash -c 'source "$1"; _loyalty "$2" -- "$2"; printf "%s\n" "${COMPREPLY[@]}"' - \
		"$ROOT/share/completions/loyalty.bash" "$1" | sort -u
}

# What zsh is told of a tool: the case of its name, or the last, which is for all others.
options_of_zsh()
{
	local name=$1 file=$ROOT/share/completions/_loyalty

	grep -q "^$name)" "$file" || name='[*]'
	sed -n "/^$name)/,/;;/p" "$file" | grep -oE "(^[[:space:]]*'|[{,])--[a-z-]+" |
		grep -oE -e '--[a-z-]+' | sort -u
}

@test "the demo shows its month" {
	run --separate-stderr -0 "$ROOT/share/demo/demo.sh" "$BATS_TEST_TMPDIR/demo"
	[ -z "$stderr" ] || fail "$stderr"
	assert_line 'equal'
	assert_line --regexp '^C101 +beans +451 +451 '
	run -0 tail -n 1 "$BATS_TEST_TMPDIR/demo/ledger.ndjson"
	assert_output --partial '"units":{"beans":1892,"spend":"151.90"},"repeats":0,"rejected":0}'
}

@test "the demo stops where a tool fails" {
	mkdir "$BATS_TEST_TMPDIR/bin"
	printf '#!/bin/sh\nexit 4\n' >"$BATS_TEST_TMPDIR/bin/loyalty-sort"
	chmod +x "$BATS_TEST_TMPDIR/bin/loyalty-sort"
	PATH=$BATS_TEST_TMPDIR/bin:$PATH run -4 "$ROOT/share/demo/demo.sh" "$BATS_TEST_TMPDIR/demo"
	refute_line --partial 'loyalty-report'
}

@test "the README shows what is given" {
	run "$ROOT/tests/man_examples.py" "$ROOT/README.md"
	assert_output '6 examples, 0 wrong'
	assert_success
}

@test "bash and zsh complete every option that --help shows" {
	local tool shell

	for tool in "$BUILD"/bin/*; do
		tool=$(basename "$tool")
		for shell in bash zsh; do
			diff -u --label "$tool --help" --label "$shell" <(options_of_help "$tool") \
				<("options_of_$shell" "$tool") >"$BATS_TEST_TMPDIR/diff" ||
				problem "$(cat "$BATS_TEST_TMPDIR/diff")"
		done
		for shell in loyalty.bash _loyalty; do
			grep -qw -e "$tool" "$ROOT/share/completions/$shell" ||
				problem "$shell does not know $tool"
		done
	done
	no_problems
}

@test "bash completes what options take, and files" {
	local file=$ROOT/share/completions/loyalty.bash

	run -0 bash -c 'source "$1"; _loyalty loyalty-report "" --format; echo "${COMPREPLY[*]}"' - "$file"
	assert_output 'table csv tsv ndjson'
	run -0 bash -c 'source "$1"; _loyalty loyalty-report st loyalty-report; echo "${COMPREPLY[*]}"' \
		- "$file"
	assert_output 'statement'
	run -0 bash -c 'source "$1"; cd "$2"; _loyalty loyalty-post READ loyalty-post
		echo "${COMPREPLY[*]}"' - "$file" "$ROOT"
	assert_output 'README.md'
}

@test "zsh reads its completion" {
	command -v zsh >/dev/null || skip "there is no zsh"
	run -0 zsh -n "$ROOT/share/completions/_loyalty"
	run -0 zsh -fc '_arguments() { print -r -- "$#" }; service=loyalty-sort; . "$1"' - \
		"$ROOT/share/completions/_loyalty"
	assert_output --regexp '^[0-9]+$'
}

@test "loyalty-record(5) has every type of record" {
	local type

	while read -r type; do
		grep -qE "^\.It Cm $type\$" "$ROOT/man/loyalty-record.5" || problem "$type is missing"
	done < <(sed -n 's/^\tX([A-Z_]*, "\([a-z_]*\)".*/\1/p' "$ROOT/lib/kinds.h")
	no_problems
}

@test "loyalty(7) has every tool and every page" {
	local page name

	for page in "$ROOT"/man/*.[1-8]; do
		name=$(basename "$page")
		[ "$name" != loyalty.7 ] || continue
		grep -qE "^\.It Xr ${name%.*} ${name##*.}\$" "$ROOT/man/loyalty.7" ||
			problem "$name is missing"
	done
	no_problems
}

@test "loyalty-recipes(7) has every programme" {
	local document

	for document in "$ROOT"/share/programmes/*.json; do
		grep -qx ".It $(basename "$document" .json)" "$ROOT/man/loyalty-recipes.7" ||
			problem "loyalty-recipes.7 has no $(basename "$document")"
	done
	no_problems
}
