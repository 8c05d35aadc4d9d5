#!/usr/bin/env bats
# badinput.bats - what the filters do with input that nobody should send
#
# Single cases are goldens; here is what holds for all of them, and what cannot lie in a file.

load helper

GOLDEN=$ROOT/tests/golden
SHOP=$GOLDEN/shop.json
HINT="loyalty-post: stopped there; '--rejects FILE' would set bad records aside and go on"
ENROL='{"type":"enrol","id":"e-1","at":"2026-01-02T09:00:00-05:00","member":"m1"}'
PURCHASE='{"type":"purchase","id":"t-1","at":"2026-01-05T12:00:00-05:00","member":"m1","amount":"50.00"}'

sanitized()
{
	nm "$BUILD/bin/loyalty-post" 2>/dev/null | grep -q __asan_init
}

# A line of about SIZE bytes.
long_line()
{
	printf '{"type":"purchase","id":"t-9","at":"2026-01-05T13:00:00-05:00","member":"m1","amount":"1.00","note":"%s"}\n' \
		"$(head -c "$1" /dev/zero | tr '\0' x)"
}

@test "bad lines with --rejects: the rest is posted as if they had never been there" {
	local dir name count=0

	cd "$BATS_TEST_TMPDIR"
	for dir in "$GOLDEN"/loyalty-post/bad-*/; do
		name=$(basename "$dir")
		[ -f "$dir/in" ] || continue
		eval "set -- $(cd "$dir" && sed 's|\.\./\.\./shop.json|"$SHOP"|' args)"
		loyalty-post "$@" -q --rejects rejects <"$dir/in" >got && status=0 || status=$?
		[ $status -eq 1 ] || problem "$name: status $status"
		sed 's/^{"file":"<stdin>","line":\([0-9]*\).*/\1d/' rejects >lines
		[ -s lines ] || problem "$name: no rejects"
		LC_ALL=C sed -f lines "$dir/in" >clean
		loyalty-post "$@" <clean >wanted || problem "$name: not clean: status $?"
		sed '$s/"rejected":[0-9]*/"rejected":0/' got | cmp -s - wanted ||
			problem "$name" "$(sed '$s/"rejected":[0-9]*/"rejected":0/' got | diff -a - wanted | head -n 4)"
		count=$((count + 1))
	done
	[ $count -gt 100 ] || problem "only $count cases"
	no_problems
}

@test "a line over the limit is a bad record, one of the limit is not" {
	cd "$BATS_TEST_TMPDIR"
	{ echo "$ENROL"; long_line $((1048577 - $(long_line 0 | wc -c) + 1)); echo "$PURCHASE"; } >over
	{ echo "$ENROL"; echo "$PURCHASE"; long_line $((1048577 - $(long_line 0 | wc -c))); } >limit
	[ "$(sed -n 2p over | wc -c)" -eq 1048578 ]
	[ "$(sed -n 3p limit | wc -c)" -eq 1048577 ]

	run --separate-stderr loyalty-post -p "$SHOP" over
	assert_failure 3
	assert_equal "$stderr" "loyalty-post: over:2: line is longer than 1048576 bytes
$HINT"

	run --separate-stderr loyalty-post -p "$SHOP" --rejects rejects over
	assert_failure 1
	assert_equal "$stderr" "loyalty-post: 1 line rejected"
	assert_equal "$(head -c 77 rejects)" '{"file":"over","line":2,"reason":"line is longer than 1048576 bytes","text":"'
	assert_equal "${#lines[@]}" 6
	assert_regex "${lines[5]}" '"rejected":1}$'

	loyalty-post -p "$SHOP" limit >posted
	cmp <(sed -n 3p limit) <(sed -n 6p posted)
}

@test "ids and members as long as they may be" {
	local name

	cd "$BATS_TEST_TMPDIR"
	name=$(head -c 4095 /dev/zero | tr '\0' n)
	{
		echo '{"type":"purchase","id":"'"$name"'","at":"2026-01-05T12:00:00-05:00","member":"'"$name"'","amount":"50.00"}'
		echo '{"type":"purchase","id":"'"$name"'b","at":"2026-01-05T12:00:00-05:00","member":"'"$name"'","amount":"50.00"}'
		echo '{"type":"return","id":"x","of":"'"$name"'","at":"2026-01-05T13:00:00-05:00","member":"'"$name"'","amount":"50.00"}'
		echo '{"type":"redeem","id":"r","points":1,"at":"2026-01-05T13:00:00-05:00","member":"'"$name"'"}'
	} >facts
	loyalty-post -p "$SHOP" facts >posted
	tail -n 1 posted >end
	run cat end
	assert_output '{"type":"end","counts":{"purchase":2,"return":1,"redeem":1,"earned":2,"reversed":1,"redeemed":1},"units":{"points":49,"spend":"50.00"},"repeats":0,"rejected":0}'
	loyalty-earn -p "$SHOP" facts | loyalty-tier -p "$SHOP" | loyalty-redeem -p "$SHOP" | loyalty-expire -p "$SHOP" >piped
	cmp posted piped

	sed -n 's/nb"/nbb"/p' facts >long
	run --separate-stderr loyalty-post -p "$SHOP" long
	assert_failure 3
	assert_equal "$stderr" "loyalty-post: long:1:25: invalid 'id': too long
$HINT"
	sed -n '4s/"member":"n/"member":"nnn/p' facts >long
	run --separate-stderr loyalty-post -p "$SHOP" long
	assert_failure 3
	assert_equal "$stderr" "loyalty-post: long:1:80: invalid 'member': too long
$HINT"
}

@test "a ledger that was cut off: status 3 and no end, wherever it was" {
	local tool ledger line size status

	cd "$BATS_TEST_TMPDIR"
	for tool in loyalty-tier loyalty-redeem loyalty-expire; do
		ledger=$GOLDEN/$tool/ledger/in
		size=$(wc -c <"$ledger")
		{
			for ((line = $(wc -l <"$ledger") - 1; line >= 0; line--)); do
				head -n $line "$ledger" | wc -c
			done
			seq $((size - 2)) -97 1
		} >places
		while read -r line; do
			head -c "$line" "$ledger" | "$tool" -p "$SHOP" >out 2>err && status=0 || status=$?
			[ $status -eq 3 ] || problem "$tool, $line bytes: status $status"
			grep -q "^$tool: <stdin>:" err || problem "$tool, $line bytes: said '$(cat err)'"
			! grep -q '"type":"end"' out || problem "$tool, $line bytes: wrote an end"
		done <places
	done
	no_problems
}

@test "one line of a ledger lost, doubled or moved: status 3, no end" {
	local tool ledger lines line status

	cd "$BATS_TEST_TMPDIR"
	for tool in loyalty-tier loyalty-redeem loyalty-expire; do
		ledger=$GOLDEN/$tool/ledger/in
		lines=$(wc -l <"$ledger")
		for ((line = 1; line <= lines; line++)); do
			sed ${line}d "$ledger" >lost
			sed ${line}p "$ledger" >doubled
			# A line moved behind the next one.
			sed "$line{h;d};$((line + 1)){G}" "$ledger" >moved
			for edited in lost doubled moved; do
				cmp -s $edited "$ledger" && continue
				[ $edited$line != moved$lines ] || continue
				# Without its first line it is no ledger at all, and what it holds no facts.
				"$tool" -p "$SHOP" <$edited >out 2>err && status=0 || status=$?
				[ $status -eq 3 ] || problem "$tool, line $line $edited: status $status"
				grep -q "^$tool: <stdin>" err || problem "$tool, line $line $edited: said '$(cat err)'"
				! grep -q '"type":"end"' out || problem "$tool, line $line $edited: wrote an end"
			done
		done
	done
	no_problems
}

@test "damaged logs and ledgers" {
	local count=150

	! sanitized || count=60
	run python3 "$ROOT/tests/badinput/mutate.py" --count $count --keep "$BUILD/badinput"
	assert_success
	assert_output --partial "$count damaged, 0 wrong"
}

@test "shapes that break parsers: one reject, at its line" {
	local tools=()

	! sanitized || tools=(loyalty-post)
	run python3 "$ROOT/tests/badinput/shapes.py" "${tools[@]}"
	assert_success
	assert_output --regexp '^[0-9]{3,} shapes, 0 wrong$'
}

# repeat COUNT TEXT SEPARATOR
repeat()
{
	python3 -c 'import sys; sys.stdout.write(sys.argv[3].join([sys.argv[2]] * int(sys.argv[1])))' "$@"
}

# numbered COUNT BEFORE AFTER: BEFORE0AFTER,BEFORE1AFTER,…
numbered()
{
	python3 -c 'import sys
sys.stdout.write(",".join(sys.argv[2] + "%d" % i + sys.argv[3] for i in range(int(sys.argv[1]))))' "$@"
}

# Lines that are as much as a line can be: name, then the line.
hostile_lines()
{
	local fact='{"type":"purchase","id":"t-9","at":"2026-01-03T12:00:00-05:00","member":"m1","amount":0'

	mkdir hostile
	{ printf '%s,"note":"' "$fact"; head -c 100000000 /dev/zero | tr '\0' x; echo '"}'; } >hostile/long
	echo "$fact,\"note\":$(repeat 1000000 '[' '')}" >hostile/brackets
	echo "$fact,$(numbered 100000 '"' '":0')}" >hostile/members
	echo "$fact,\"units\":{$(numbered 100000 '"' '":0')}}" >hostile/units
	echo "$fact,\"items\":[$(repeat 340000 '{}' ,)]}" >hostile/items-empty
	echo "$fact,\"items\":[$(repeat 80000 '{"amount":0}' ,)]}" >hostile/items
	echo "$fact,\"items\":[$(numbered 40000 '{"sku":"' '","amount":0}')]}" >hostile/items-apart
	echo "$fact,\"tenders\":[$(repeat 60000 '{"kind":"a"}' ,)]}" >hostile/tenders
	echo "$fact,\"codes\":[$(numbered 100000 '"' '"')]}" >hostile/codes
	echo "$fact,\"vouchers\":[$(numbered 100000 '"' '"')]}" >hostile/vouchers
	echo "$fact,\"vouchers\":[$(repeat 260000 '"a"' ,)]}" >hostile/vouchers-same
	echo "$fact,\"$(repeat 170000 '\u0061' '')\":0}" >hostile/name
	echo "$fact,\"basket\":{\"amount\":0.$(repeat 1000000 0 '')}}" >hostile/digits
}

@test "a hostile line takes no more memory than its length allows" {
	local line programme tool status

	sanitized && skip "sanitizers reserve memory of their own"
	cd "$BATS_TEST_TMPDIR"
	hostile_lines
	for line in hostile/*; do
		{ echo "$ENROL"; cat "$line"; echo "$PURCHASE"; } >facts
		for programme in "$SHOP" "$ROOT"/share/programmes/dsw-vip.json; do
			for tool in loyalty-post loyalty-sort; do
				(
					ulimit -v 262144
					timeout 20 $tool -p "$programme" -q --rejects rejects facts >posted 2>err
				) && status=0 || status=$?
				[ $status -le 1 ] || problem "$tool, $line, $programme: status $status" "$(head -c 300 err)"
				grep -qF "$ENROL" posted && grep -qF "$PURCHASE" posted || problem "$tool, $line: a good line is not there"
			done
		done
		# In the middle of a ledger it ends in a message, or is taken.
		loyalty-earn -p "$SHOP" <<<"$ENROL" | sed "1r $line" >ledger
		for tool in loyalty-tier "loyalty-report balance"; do
			(
				ulimit -v 262144
				timeout 20 $tool -p "$SHOP" ledger >posted 2>err
			) && status=0 || status=$?
			[ $status -eq 3 ] || problem "$tool, $line in a ledger: status $status" "$(head -c 300 err)"
			[ "$(wc -c <err)" -lt 1000 ] || problem "$tool, $line in a ledger: a message of $(wc -c <err) bytes"
		done
	done
	no_problems
}

@test "a hostile table takes no more memory than a row's limit allows" {
	local table status
	local header=id,when,card,total,note row=1,2026-01-05,m1,5.00,a

	sanitized && skip "sanitizers reserve memory of their own"
	cd "$BATS_TEST_TMPDIR"
	{ echo $header; printf '2,2026-01-05,m1,5.00,'; head -c 100000000 /dev/zero | tr '\0' x; echo; echo $row; } >cell
	{ echo $header; printf '2,2026-01-05,m1,5.00,'; head -c 3000000 /dev/zero | tr '\0' ,; echo; echo $row; } >commas
	{ echo $header; echo $row; printf '2,2026-01-05,m1,5.00,"'; head -c 100000000 /dev/zero | tr '\0' '\n'; } >quote
	{ echo $header; printf '2,2026-01-05,m1,5.00,"'; repeat 2000000 '""' ''; echo '"'; echo $row; } >quotes
	{ head -c 100000000 /dev/zero | tr '\0' a; echo; echo $row; } >header
	for table in cell commas quote quotes header; do
		(
			ulimit -v 262144
			timeout 20 loyalty-import -m "$GOLDEN/loyalty-import/simple.json" -q --rejects rejects $table >facts 2>err
		) && status=0 || status=$?
		# Where a row does not end, the next one is not known.
		[ $status -eq 3 ] || problem "$table: status $status" "$(head -c 300 err)"
		[ "$(wc -c <err)" -lt 1000 ] || problem "$table: a message of $(wc -c <err) bytes"
	done
	no_problems
}

@test "names that were chosen to collide take no more than three times as long" {
	sanitized && skip "times of a sanitized build say nothing"
	"${CC:-cc}" -O2 -o "$BATS_TEST_TMPDIR/collide" "$ROOT/tests/badinput/collide.c"
	run python3 "$ROOT/tests/badinput/flood.py" "$BATS_TEST_TMPDIR/collide"
	assert_success
}

@test "damaged snapshots are refused" {
	local count=200

	! sanitized || count=60
	run python3 "$ROOT/tests/badinput/openings.py" --count $count --keep "$BUILD/badinput"
	assert_output ''
	assert_success
}
