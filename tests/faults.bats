#!/usr/bin/env bats
# faults.bats - calls that fail, full disks, lost permissions, kills: what is left at -o, and in pipes
#
# FAULTS=whole tries more: a longer input, a larger programme, more seeds.

load helper

FILES=$ROOT/tests/cli
SHOP=$ROOT/tests/golden/shop.json

sanitized()
{
	nm "$BUILD/bin/loyalty-post" 2>/dev/null | grep -q __asan_init
}

setup_file()
{
	"${CC:-cc}" -shared -fPIC -D_GNU_SOURCE -o "$BATS_FILE_TMPDIR/faults.so" \
		"$ROOT/tests/faults/faults.c" -ldl
}

setup()
{
	mkdir "$BATS_TEST_TMPDIR/here" # bats keeps standard error in a file beside it
	cd "$BATS_TEST_TMPDIR/here" || return
}

# whole WORD…: the words with FAULTS=whole, else none.
whole()
{
	[ "${FAULTS:-}" != whole ] || echo "$@"
}

# expect STATUS STDERR: of `run --separate-stderr`.
expect()
{
	assert_equal "$status" "$1"
	assert_equal "$stderr" "$2"
}

# Waits until a file is there, for 10 s at most.
wait_for()
{
	for _ in {1..1000}; do
		[ ! -e "$1" ] || return 0
		sleep 0.01
	done
	fail "$1 does not come"
}

# As somebody who needs permissions: the tools in a directory that they can reach, as nobody.
as_nobody()
{
	local as=()

	[ "$(id -u)" -ne 0 ] || as=(setpriv --reuid=65534 --regid=65534 --clear-groups)
	"${as[@]}" "$@"
}

@test "each call of each tool fails, is broken off, moves half, is the last one" {
	sanitized && skip "the sanitizer has its own malloc"
	# shellcheck disable=SC2046 # no word, or one
	run python3 "$ROOT/tests/faults/each.py" --preload "$BATS_FILE_TMPDIR/faults.so" \
		--bin "$BUILD/bin" $(whole --whole)
	assert_success
	assert_output --regexp '[0-9]{4} faults, 0 wrong'
}

@test "-o on a disk that fills up: the old file, exit 4, nothing beside it" {
	unshare -rm true 2>/dev/null || skip "nothing can be mounted here"
	mkdir disk
	for i in {1..2000}; do
		echo '{"type":"purchase","id":"t-'"$i"'","at":"2026-01-05T12:00:00-05:00","member":"m'"$i"'","amount":"50.00"}'
	done >facts
	cat >fill <<-'EOF'
		set -eu
		mount -t tmpfs -o size=256k none disk
		echo old >disk/ledger
		loyalty-post -p "$1" -o disk/ledger facts || echo "exit $?"
		loyalty-sort -o disk/ledger facts && loyalty-sort -c disk/ledger && echo sorted
		loyalty-sort -S 64K -T disk -o sorted facts || echo "exit $?"
		rm -f disk/ledger && echo old >disk/ledger
		# Another size of the rest each time, so that it ends in the buffer, the file, the name.
		for size in 255 252 248 240; do
			head -c ${size}k /dev/zero >disk/zeros 2>/dev/null || :
			loyalty-post -p "$1" -o disk/ledger --rejects disk/rejects facts || echo "exit $?"
			[ "$(cat disk/ledger)" = old ] && [ "$(ls -A disk | tr '\n' ' ')" = "ledger zeros " ]
			rm disk/zeros
		done
		loyalty-post --postings-only -p "$1" facts | head -n 900 >disk/zeros
		loyalty-post -p "$1" -o disk/ledger facts || echo "exit $?"
		rm disk/zeros
		head -n 500 facts | loyalty-post -p "$1" -o disk/ledger
		head -n 500 facts | loyalty-post -p "$1" | cmp - disk/ledger
		ls -A disk
	EOF
	run --separate-stderr unshare -rm bash fill "$SHOP"
	assert_output "exit 4
sorted
exit 4
exit 4
exit 4
exit 4
exit 4
exit 4
ledger"
	assert_equal "$(sort -u <<<"$stderr")" \
"loyalty-post: cannot write 'disk/ledger': No space left on device
loyalty-sort: cannot write a temporary file in 'disk': No space left on device"
	assert_success
}

@test "-o loses its permission meanwhile: the old file, exit 4, and the next run clears up" {
	local place pid

	place=$(mktemp -d /tmp/loyalty-faults.XXXXXX)
	cp "$BUILD/bin/loyalty-post" "$FILES/shop.json" "$FILES/facts.ndjson" "$place"
	mkdir -m 777 "$place/out"
	chmod 755 "$place"
	cd "$place"
	echo old >out/ledger
	chmod 666 out/ledger
	mkfifo in
	chmod 666 in
	as_nobody ./loyalty-post -p shop.json -o out/ledger in 2>"$BATS_TEST_TMPDIR/err" &
	pid=$!
	exec 9>in
	cat facts.ndjson >&9
	wait_for out/.ledger.loyalty-part
	chmod 555 out
	exec 9>&-
	status=0
	wait $pid || status=$?
	assert_equal "$status" 4
	assert_equal "$(cat "$BATS_TEST_TMPDIR/err")" "loyalty-post: cannot write 'out/ledger': Permission denied"
	assert_equal "$(cat out/ledger)" old
	run --separate-stderr as_nobody ./loyalty-post -p shop.json -o out/ledger facts.ndjson
	expect 4 "loyalty-post: cannot create 'out/ledger': Permission denied"
	chmod 777 out
	as_nobody ./loyalty-post -p shop.json -o out/ledger facts.ndjson
	./loyalty-post -p shop.json facts.ndjson | cmp - out/ledger
	assert_equal "$(ls -A out)" ledger
	assert_equal "$(stat -c %a out/ledger)" 666

	# A directory to write to but not to read: the name is synced another way.
	chmod 733 out
	rm out/ledger
	as_nobody ./loyalty-post -p shop.json -o out/ledger facts.ndjson
	./loyalty-post -p shop.json facts.ndjson | cmp - out/ledger
	cd /
	rm -rf "$place"
}

@test "two runs to one file: the second says so, and what a killed one leaves is in nobody's way" {
	local pid

	mkfifo in
	echo old >ledger
	loyalty-post -p "$FILES/shop.json" -o ledger in &
	pid=$!
	exec 9>in
	cat "$FILES/facts.ndjson" >&9
	wait_for .ledger.loyalty-part
	run --separate-stderr loyalty-post -p "$FILES/shop.json" -o ./ledger "$FILES/facts.ndjson"
	expect 4 "loyalty-post: cannot create './ledger': another run is writing it"
	kill -9 $pid
	wait $pid || true
	exec 9>&-
	assert_equal "$(ls -A | tr '\n' ' ')" ".ledger.loyalty-part in ledger "
	assert_equal "$(cat ledger)" old
	loyalty-post -p "$FILES/shop.json" -o ledger "$FILES/facts.ndjson"
	assert_equal "$(ls -A | tr '\n' ' ')" "in ledger "
	assert_equal "$(tail -n 1 ledger | head -c 13)" '{"type":"end"'

	run --separate-stderr loyalty-post -p "$FILES/shop.json" -o ledger --rejects ./ledger "$FILES/facts.ndjson"
	expect 4 "loyalty-post: cannot create './ledger': another run is writing it"
}

@test "what -o may be: links, also to nothing yet, devices, pipes; mode and umask" {
	loyalty-post -p "$FILES/shop.json" "$FILES/facts.ndjson" >wanted
	post()
	{
		loyalty-post -p "$FILES/shop.json" "$@" "$FILES/facts.ndjson"
	}

	mkdir -p there/below
	ln -s there/link link
	ln -s below/ledger there/link
	(umask 027 && post -o link)
	cmp wanted there/below/ledger
	assert_equal "$(stat -c %a there/below/ledger)" 640
	chmod 604 there/below/ledger
	post -o link
	assert_equal "$(stat -c %a there/below/ledger)" 604
	[ -L link ] && [ -L there/link ]
	ln -s nowhere/ledger bad
	run --separate-stderr post -o bad
	expect 4 "loyalty-post: cannot create 'bad': No such file or directory"
	ln -s circle circle
	run --separate-stderr post -o circle
	expect 4 "loyalty-post: cannot create 'circle': Too many levels of symbolic links"

	post -o /dev/stdout | cmp - wanted
	echo before >file
	post -o /dev/stdout >>file
	{ echo before; cat wanted; } | cmp - file
	post -o /dev/null
	[ -c /dev/null ]
	mkfifo pipe
	cat pipe >got &
	post -o pipe
	wait $!
	cmp got wanted
	[ -p pipe ]

	# A name of 255 bytes has a draft, too; another's file in its place is left alone.
	name=$(printf '%0255d' 0)
	post -o "$name"
	cmp "$name" wanted
	mkdir .ledger.loyalty-part
	run --separate-stderr post -o ledger
	expect 4 "loyalty-post: cannot create 'ledger': Is a directory"
	rmdir .ledger.loyalty-part
	ln -s file .ledger.loyalty-part
	run --separate-stderr post -o ledger
	expect 4 "loyalty-post: cannot create 'ledger': Too many levels of symbolic links"
	{ echo before; cat wanted; } | cmp - file
}

@test "rejects: whole with what was posted, those so far where it stops, none where it fails" {
	{ echo bad; cat "$FILES/facts.ndjson"; echo worse; } >in
	echo old >rejects
	run --separate-stderr loyalty-post -p "$FILES/shop.json" -o /dev/full --rejects rejects in
	expect 4 "loyalty-post: 2 lines rejected
loyalty-post: cannot write '/dev/full': No space left on device"
	# Nothing had failed when they were.
	assert_equal "$(wc -l <rejects)" 2

	echo old >rejects
	run --separate-stderr loyalty-post -p "$FILES/shop.json" -o ledger --rejects rejects in nowhere
	assert_equal "$status" 4
	assert_equal "$(cat rejects)" old
	[ ! -e ledger ]

	run --separate-stderr loyalty-post -p "$FILES/shop.json" -o ledger --rejects rejects --max-rejects 1 in
	assert_equal "$status" 3
	assert_equal "$(wc -l <rejects)" 2
	[ ! -e ledger ]

	run --separate-stderr bash -c 'loyalty-post -p "$1" --rejects /dev/full in | loyalty-report balance -p "$1"' \
		- "$FILES/shop.json"
	expect 3 "loyalty-post: cannot write '/dev/full': No space left on device
loyalty-post: 2 lines rejected
loyalty-report: <stdin>: no input: upstream wrote nothing"
}

@test "a filter that is killed, anywhere in a pipeline: exit 3 behind it, no end, nothing at -o" {
	sanitized && skip "the sanitizer is to be loaded first"
	run python3 "$ROOT/tests/faults/pipes.py" --preload "$BATS_FILE_TMPDIR/faults.so" \
		--bin "$BUILD/bin" --count "$(whole 1000 | grep . || echo 50)"
	assert_success
	assert_output --regexp ' pipelines, [0-9]+ cut off, 0 wrong'
}

@test "an upstream that writes nothing at all: exit 3, which says so" {
	local tool

	for tool in loyalty-tier loyalty-redeem loyalty-expire "loyalty-report balance"; do
		echo old >ledger
		# shellcheck disable=SC2086 # a tool and its arguments
		run --separate-stderr $tool -p "$SHOP" -o ledger </dev/null
		assert_equal "$status" 3
		assert_regex "$stderr" "^${tool% *}: <stdin>: .*upstream wrote nothing\$"
		assert_equal "$(cat ledger)" old
	done
}
