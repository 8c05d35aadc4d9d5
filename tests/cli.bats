#!/usr/bin/env bats
# cli.bats - what holds for every tool in the build's bin, whatever it does
#
# Each test goes over all tools and fails once, with everything that is wrong.

load helper

FILES=$ROOT/tests/cli

# Where tools differ:
#   args    what it needs to run
#   good    an input that it accepts silently
#   records whether that input is a JSON record a line
#   writes  whether it writes to standard output on success
#   empty   exit status where the input is empty
#   cut     exit status where the input is cut off within a record
describe()
{
	tool=$1
	args=(-p "$FILES/shop.json")
	good=$FILES/facts.ndjson
	records=true writes=true empty=0 cut=3
	case $tool in
	loyalty-sort) args=() ;;
	loyalty-tier | loyalty-redeem | loyalty-expire) empty=3 ;;
	loyalty-import) args=(--map "$FILES/map.json") good=$FILES/sales.csv records=false empty=3 ;;
	loyalty-report) args=(balance "${args[@]}" --any-programme) good=$FILES/ledger.ndjson empty=3 ;;
	loyalty-snapshot) good=$FILES/posted.ndjson empty=3 ;;
	loyalty-check) args=() good=$FILES/shop.json writes=false empty=2 cut=2 ;;
	esac
}

# for_each_tool FUNCTION: calls it with what describe() says of the tool.
for_each_tool()
{
	local binary count=0

	for binary in "$BUILD"/bin/*; do
		[ -x "$binary" ] || continue
		describe "$(basename "$binary")"
		"$1"
		count=$((count + 1))
	done
	[ $count -gt 0 ] || problem "there are no tools in $BUILD/bin"
	no_problems
}

# try COMMAND…: leaves status, and files out and err.
out=$BATS_TEST_TMPDIR/out
err=$BATS_TEST_TMPDIR/err
try()
{
	status=0
	"$@" >"$out" 2>"$err" || status=$?
}

expect_status()
{
	[ "$status" -eq "$1" ] || problem "$tool $2: status $status, expected $1: $(head -n 5 "$err")"
}

expect_quiet()
{
	[ ! -s "$err" ] || problem "$tool $1: said: $(head -n 5 "$err")"
}

# Messages are there, and every line of them begins with the tool's name.
expect_messages()
{
	[ -s "$err" ] || problem "$tool $1: said nothing"
	! grep -v "^$tool: " "$err" >"$BATS_TEST_TMPDIR/stray" ||
		problem "$tool $1: without its name: $(head -n 5 "$BATS_TEST_TMPDIR/stray")"
}

expect_no_output()
{
	[ ! -s "$out" ] || problem "$tool $1: wrote: $(head -n 5 "$out")"
}

help()
{
	try "$tool" --help
	expect_status 0 --help
	expect_quiet --help
	[[ $(head -n 1 "$out") == "usage: $tool "* ]] ||
		problem "$tool --help: first line is '$(head -n 1 "$out")'"
	LC_ALL=C grep -nE '[[:space:]]+$|.{81}' "$out" >"$BATS_TEST_TMPDIR/long" &&
		problem "$tool --help: wide, or with blanks at the end: $(cat "$BATS_TEST_TMPDIR/long")"
	return 0
}

@test "--help: usage to standard output" {
	for_each_tool help
}

version()
{
	local declared

	declared=$(sed -n 's/.*define LOYALTY_VERSION "\(.*\)"/\1/p' "$ROOT/include/loyalty.h")
	try "$tool" --version
	expect_status 0 --version
	expect_quiet --version
	[ "$(cat "$out")" = "$tool (loyalty-utils) $declared" ] ||
		problem "$tool --version: '$(cat "$out")'"
}

@test "--version: name and version" {
	for_each_tool version
}

bad_options()
{
	local option

	for option in --no-such-option -Z --help=yes; do
		try "$tool" "$option" </dev/null
		expect_status 2 "$option"
		expect_messages "$option"
		expect_no_output "$option"
	done
}

@test "bad options: status 2 and a message" {
	for_each_tool bad_options
}

good_input()
{
	try "$tool" "${args[@]}" "$good" </dev/null
	expect_status 0 FILE
	expect_quiet FILE
	! $writes || [ -s "$out" ] || problem "$tool FILE: wrote nothing"
	$writes || expect_no_output FILE
	cp "$out" "$BATS_TEST_TMPDIR/good"
}

same_by_standard_input()
{
	good_input
	try "$tool" "${args[@]}" <"$good"
	expect_status 0 "<FILE"
	cmp -s "$BATS_TEST_TMPDIR/good" "$out" || problem "$tool <FILE: not the same as FILE"
	try "$tool" "${args[@]}" - <"$good"
	expect_status 0 "- <FILE"
	cmp -s "$BATS_TEST_TMPDIR/good" "$out" || problem "$tool - <FILE: not the same as FILE"
}

@test "good input: silent, and the same from a file, '-' and standard input" {
	for_each_tool same_by_standard_input
}

empty_input()
{
	try "$tool" "${args[@]}" </dev/null
	expect_status "$empty" "of nothing"
	if [ "$empty" -eq 0 ]; then
		expect_quiet "of nothing"
	else
		expect_messages "of nothing"
	fi
}

@test "empty input" {
	for_each_tool empty_input
}

# same_as_good WHAT FILTER…: the good input after the filter gives what the good input gives.
same_as_good()
{
	local what=$1

	shift
	"$@" <"$good" >"$BATS_TEST_TMPDIR/in"
	try "$tool" "${args[@]}" <"$BATS_TEST_TMPDIR/in"
	expect_status 0 "$what"
	expect_quiet "$what"
	tr -d '\r' <"$out" | cmp -s "$BATS_TEST_TMPDIR/good" - || problem "$tool $what: not the same output"
}

without_newline()
{
	printf %s "$(cat)"
}

with_bom()
{
	printf '\357\273\277'
	cat
}

forms_of_text()
{
	good_input
	same_as_good "without final newline" without_newline
	same_as_good "with BOM" with_bom
	same_as_good "with CRLF" sed 's/$/\r/'
	! $records || same_as_good "with blank lines" sed 'G'
}

@test "no final newline, BOM, CRLF, blank lines: the same output" {
	for_each_tool forms_of_text
}

cut_off()
{
	[[ $good == *.csv ]] && return
	head -c -7 "$good" >"$BATS_TEST_TMPDIR/in"
	try "$tool" "${args[@]}" <"$BATS_TEST_TMPDIR/in"
	expect_status "$cut" "of cut-off JSON"
	expect_messages "of cut-off JSON"
	grep -qE "^$tool: <stdin>:[0-9]+(:[0-9]+)?: " "$err" ||
		problem "$tool of cut-off JSON: does not say where: $(cat "$err")"
}

@test "cut-off JSON: says where" {
	for_each_tool cut_off
}

full_disk()
{
	try bash -c 'exec "$@" >/dev/full' - "$tool" --help
	expect_status 4 "--help >/dev/full"
	grep -q 'No space left on device' "$err" || problem "$tool --help >/dev/full: no reason given"
	$writes || return 0
	try bash -c 'exec "$@" >/dev/full' - "$tool" "${args[@]}" "$good"
	expect_status 4 ">/dev/full"
	expect_messages ">/dev/full"
	grep -q 'No space left on device' "$err" || problem "$tool >/dev/full: no reason given"
}

@test "/dev/full: status 4 and the reason" {
	for_each_tool full_disk
}

closed_reader()
{
	local inherited

	for inherited in default ignored; do
		try "$FILES/closed_reader.py" $inherited "$tool" --help
		expect_status 141 "--help to a closed reader, SIGPIPE $inherited"
		expect_quiet "--help to a closed reader"
		$writes || continue
		try "$FILES/closed_reader.py" $inherited "$tool" "${args[@]}" "$good"
		expect_status 141 "to a closed reader, SIGPIPE $inherited"
		expect_quiet "to a closed reader, SIGPIPE $inherited"
	done
}

@test "closed reader: a quiet death by SIGPIPE, also where it is ignored" {
	for_each_tool closed_reader
}

closed_output()
{
	$writes || return 0
	try bash -c 'exec "$@" >&-' - "$tool" "${args[@]}" "$good"
	expect_status 4 ">&-"
	expect_messages ">&-"
}

@test "closed standard output: status 4" {
	for_each_tool closed_output
}

bad_files()
{
	local file

	for file in "$BATS_TEST_TMPDIR" "$BATS_TEST_TMPDIR/no-such-file"; do
		try "$tool" "${args[@]}" "$file" </dev/null
		expect_status 4 "$file"
		expect_messages "$file"
		grep -qF "$file" "$err" || problem "$tool: does not name $file: $(cat "$err")"
	done
}

@test "a directory or nothing in place of a file: status 4" {
	for_each_tool bad_files
}

# The superuser may read everything, so it runs the tools as nobody, from where nobody can.
unreadable_file()
{
	local place=$BATS_TEST_TMPDIR/place as=()

	[ "$(id -u)" -ne 0 ] || as=(setpriv --reuid=65534 --regid=65534 --clear-groups)
	place=$(mktemp -d /tmp/loyalty-cli.XXXXXX)
	cp "$BUILD/bin/$tool" "$FILES"/*.json "$place"
	cp "$good" "$place/secret"
	chmod 755 "$place" "$place/$tool"
	chmod 000 "$place/secret"
	try env -C "$place" "${as[@]}" "./$tool" "${args[@]//$FILES/$place}" secret
	expect_status 4 "of an unreadable file"
	expect_messages "of an unreadable file"
	grep -q "'secret': Permission denied" "$err" ||
		problem "$tool of an unreadable file: $(cat "$err")"
	rm -rf "$place"
}

@test "an unreadable file: status 4" {
	for_each_tool unreadable_file
}
