#!/usr/bin/env bats
# man.bats - manual pages: their form, their examples, and what they say of options

load helper

pages()
{
	ls "$ROOT"/man/*.[1-8]
}

# Long options of --help, one a line, sorted.
options_of_help()
{
	"$1" --help | grep -oE '^ +(-[[:alnum:]], )?--[a-z][a-z-]*' | grep -oE -e '--[a-z-]+' | sort -u
}

# Long options that the page lists.
options_of_page()
{
	grep -E '^\.It .*Fl -[a-z]' "$1" | grep -oE 'Fl -[a-z][a-z-]*' | sed 's/^Fl /-/' | sort -u
}

@test "every tool has a manual page" {
	local tool

	for tool in "$BUILD"/bin/*; do
		tool=$(basename "$tool")
		[ -f "$ROOT/man/$tool.1" ] || problem "there is no man/$tool.1"
	done
	no_problems
}

@test "mandoc has nothing to say of the pages" {
	# shellcheck disable=SC2046 # names of ours, without blanks
	run mandoc -Tlint -W warning $(pages)
	assert_output ''
	assert_success
}

@test "--help and the page name the same options" {
	local tool

	for tool in "$BUILD"/bin/*; do
		tool=$(basename "$tool")
		[ -f "$ROOT/man/$tool.1" ] || continue
		diff -u --label "$tool --help" --label "$tool.1" <(options_of_help "$tool") \
			<(options_of_page "$ROOT/man/$tool.1") >"$BATS_TEST_TMPDIR/diff" ||
			problem "$(cat "$BATS_TEST_TMPDIR/diff")"
	done
	no_problems
}

@test "pages refer to pages that are there" {
	local page name

	for page in $(pages); do
		while read -r _ name section _; do
			[[ $name == loyalty* ]] || continue
			[ -f "$ROOT/man/$name.$section" ] ||
				problem "$(basename "$page"): .Xr $name $section: there is no such page"
		done < <(grep -h '^\.Xr loyalty' "$page")
	done
	no_problems
}

@test "examples show what is given" {
	# shellcheck disable=SC2046
	run "$ROOT/tests/man_examples.py" $(pages)
	assert_success
}
