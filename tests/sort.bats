#!/usr/bin/env bats
# loyalty-sort: goldens, several inputs, the external merge, failures, and a
# random test against GNU sort on instants that the generator knows.

bats_require_minimum_version 1.5.0

setup() {
	cd "$BATS_TEST_TMPDIR" || return 1
	unset LOYALTY_PROGRAMME TMPDIR
	golden=$BATS_TEST_DIRNAME/golden/loyalty-sort
	page=$BATS_TEST_DIRNAME/../man/loyalty-sort.1
	hint="loyalty-sort: stopped there; '--rejects FILE' would set bad records aside and go on"
}

# check STATUS OUTPUT STDERR after `run --separate-stderr`; what differs is shown.
check() {
	[ "$status" -eq "$1" ] || echo "status $status, not $1"
	[ "$output" = "$2" ] || printf 'output:\n%s\nexpected:\n%s\n' "$output" "$2"
	[ "$stderr" = "$3" ] || printf 'stderr:\n%s\nexpected:\n%s\n' "$stderr" "$3"
	[ "$status" -eq "$1" ] && [ "$output" = "$2" ] && [ "$stderr" = "$3" ]
}

fact() { # at id
	printf '{"type":"purchase","at":"%s","member":"m1","id":"%s"}\n' "$1" "$2"
}

# Random facts as "instant<TAB>line", the instant in microseconds: mixed offsets,
# fractions of any length, many at one instant, some lines repeated, in stretches.
random_facts() { # seed count
	awk -v seed="$1" -v count="$2" 'BEGIN {
		srand(seed)
		time = 946684800
		for (i = 0; i < count; i++) {
			time += int(rand() * 20)
			if (rand() < 0.02)
				time = 946684800 + int(rand() * 1e9)
			micros = rand() < 0.6 ? 0 : int(rand() * 10) * (rand() < 0.5 ? 100000 : 1)
			minutes = rand() < 0.5 ? 0 : int(rand() * 57 - 28) * 30
			zone = sprintf("%s%02d:%02d", minutes < 0 ? "-" : "+",
				int((minutes < 0 ? -minutes : minutes) / 60), (minutes % 60) ? 30 : 0)
			if (minutes == 0)
				zone = rand() < 0.9 ? "Z" : "-00:00"
			fraction = sprintf(".%06d", micros)
			if (micros == 0)
				fraction = rand() < 0.9 ? "" : ".000"
			else if (rand() < 0.5)
				sub(/0+$/, "", fraction)
			line = sprintf("{\"type\":\"purchase\",\"at\":\"%s%s%s\",\"member\":\"m%d\",\"id\":\"t%d\",\"n\":\"%s\"}",
				strftime("%Y-%m-%dT%H:%M:%S", time + minutes * 60, 1), fraction, zone,
				rand() * 50, i, substr("xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx", 1, rand() * 32))
			all[i] = sprintf("%d%06d\t%s", time, micros, line)
			print rand() < 0.05 ? all[int(rand() * i)] : all[i]
		}
	}'
}

@test "every golden holds" {
	count=0
	for case in "$golden"/*/; do
		args=()
		[ ! -s "$case/args" ] || read -ra args <"$case/args"
		status=0
		loyalty-sort "${args[@]}" <"$case/in" >out 2>err || status=$?
		{ [ "$status" = "$(cat "$case/status")" ] && cmp out "$case/out" && cmp err "$case/err"; } || {
			echo "$case: status $status"
			cat err
			return 1
		}
		count=$((count + 1))
	done
	[ "$count" -ge 60 ]
}

@test "random facts come in the order of GNU sort, in memory and through files" {
	seed=${SEED:-$RANDOM}
	echo "SEED=$seed"
	random_facts "$seed" 6000 >keyed
	cut -f2 keyed >in
	sort -s -n -k1,1 keyed | cut -f2 >expected
	split -n l/3 in part
	for memory in 512M 64K 100K; do
		loyalty-sort --memory $memory in >out || return 1
		cmp out expected || return 1
		loyalty-sort -S $memory partaa - partac <partab >out || return 1
		cmp out expected || return 1
	done
	loyalty-sort --check expected
	awk '!seen[$0]++' expected >unique
	for memory in 512M 64K; do
		loyalty-sort -u -S $memory in >out || return 1
		cmp out unique || return 1
	done
	for part in partaa partab partac; do
		loyalty-sort -o $part $part || return 1
	done
	loyalty-sort -m partaa partab partac >out
	cmp out expected
	loyalty-sort -mu partaa partab partac >out
	cmp out unique
}

@test "beyond --memory there is a temporary file, and nothing of it stays" {
	random_facts 1 5000 | cut -f2 >in
	mkdir temporary
	TMPDIR=$PWD/temporary loyalty-sort --memory 64K in >out
	[ -z "$(ls -A temporary)" ]
	loyalty-sort in | cmp - out
	# What fits in memory does not need the directory.
	loyalty-sort -T nowhere in | cmp - out
	run --separate-stderr loyalty-sort --memory 64K -T nowhere in
	check 4 "" "loyalty-sort: cannot create a temporary file in 'nowhere': No such file or directory"
	run --separate-stderr env TMPDIR=nowhere loyalty-sort --memory 64K in
	check 4 "" "loyalty-sort: cannot create a temporary file in 'nowhere': No such file or directory"
}

@test "a full disk for temporary files is exit 4" {
	random_facts 1 20000 | cut -f2 >in
	mkdir temporary
	run --separate-stderr bash -c 'ulimit -f 300; exec loyalty-sort --memory 64K -T temporary in'
	check 4 "" "loyalty-sort: cannot write a temporary file in 'temporary': File too large"
	[ -z "$(ls -A temporary)" ]
}

@test "memory that runs out is exit 4" {
	bash -c 'ulimit -v 32000; exec loyalty-sort --version' || skip "a sanitizer needs more itself"
	random_facts 1 60000 | cut -f2 >in
	run --separate-stderr bash -c 'ulimit -v 32000; exec loyalty-sort in in in in in in in in >out'
	check 4 "" "loyalty-sort: out of memory"
	[ ! -s out ]
	bash -c 'ulimit -v 32000; exec loyalty-sort --memory 1M in in in in in in in in >out'
	loyalty-sort --check out
	[ "$(wc -l <out)" -eq 480000 ]
}

@test "lines as long as memory go through files, too" {
	for at in 5 3 4 1 2; do
		printf '{"at":"2026-01-0%d","x":"%0100000d"}\n' $at 0
	done >in
	loyalty-sort --zone UTC --memory 64K in >out
	sort in | cmp - out
}

@test "a line over the limit is a bad record" {
	{
		printf '{"at":"2026-01-01T00:00:00Z","x":"%01100000d"}\n' 0
		fact 2026-01-01T00:00:00Z a
	} >in
	run --separate-stderr loyalty-sort in
	check 3 "" "loyalty-sort: in:1: line is longer than 1048576 bytes
$hint"
	run --separate-stderr loyalty-sort --rejects rejects in
	check 1 "$(fact 2026-01-01T00:00:00Z a)" "loyalty-sort: 1 line rejected"
}

@test "facts of one instant keep the order of the files" {
	fact 2026-01-01T00:00:00Z 1 >b
	fact 2026-01-01T01:00:00+01:00 2 >a
	fact 2025-12-31T19:00:00.000-05:00 3 >c
	for mode in "" -m -u -mu; do
		run --separate-stderr loyalty-sort $mode b a - <c
		check 0 "$(cat b a c)" "" || return 1
	done
}

@test "a file that ends without newline does not join the next" {
	printf '%s' "$(fact 2026-01-01T00:00:00Z 1)" >a
	fact 2026-01-01T00:00:00Z 2 >b
	for mode in "" -m; do
		run --separate-stderr loyalty-sort $mode a b
		check 0 "$(fact 2026-01-01T00:00:00Z 1; fact 2026-01-01T00:00:00Z 2)" "" || return 1
	done
}

@test "repeats are found across files, and conflicts name both places" {
	fact 2026-01-02T00:00:00Z 1 >a
	{ echo; fact 2026-01-01T00:00:00Z 2; fact 2026-01-02T00:00:00Z 1; fact 2026-01-03T00:00:00Z 1; } >b
	run --separate-stderr loyalty-sort -u a b
	check 3 "" "loyalty-sort: b:4: invalid 'id': there is another fact with this id at a:1
$hint"
	run --separate-stderr loyalty-sort -u --rejects rejects -q a b
	check 1 "$(fact 2026-01-01T00:00:00Z 2; fact 2026-01-02T00:00:00Z 1)" ""
	[ "$(jq -c '[.file, .line, .column]' rejects)" = '["b",4,null]' ]
	[ "$(jq -r .text rejects)" = "$(fact 2026-01-03T00:00:00Z 1)" ]
}

@test "-m rejects what is out of order and merges the rest" {
	{ fact 2026-01-01T00:00:00Z 1; fact 2026-01-03T00:00:00Z 3; fact 2026-01-02T00:00:00Z x; fact 2026-01-05T00:00:00Z 5; } >a
	{ fact 2026-01-02T00:00:00Z 2; fact 2026-01-04T00:00:00Z 4; } >b
	for mode in -m -mu; do
		run --separate-stderr loyalty-sort $mode --rejects rejects a b
		check 1 "$(for i in 1 2 3 4 5; do fact 2026-01-0${i}T00:00:00Z $i; done)" "loyalty-sort: 1 line rejected" || return 1
		[ "$(jq -r .reason rejects)" = "out of order: before the line above" ]
	done
	run --separate-stderr loyalty-sort -m - a -
	check 2 "" "loyalty-sort: cannot merge '-' with itself"
}

@test "--check looks across files" {
	fact 2026-01-01T00:00:00Z 1 >a
	fact 2026-01-02T00:00:00Z 2 >b
	run --separate-stderr loyalty-sort --check a b a
	check 1 "" "loyalty-sort: a:1: out of order: $(cat a)"
	run --separate-stderr loyalty-sort --check -o out a
	check 2 "" "loyalty-sort: '--check' goes with none of '-m', '-u', '-o' and '--parts'"
}

@test "the zone is the programme's, or that of --zone" {
	echo '{"name":"x","timezone":"America/New_York"}' >programme.json
	{ fact 2026-01-01T12:00 local; fact 2026-01-01T16:00:00Z utc; } >in
	paris=$(cat in)
	york=$(tac in)
	run --separate-stderr loyalty-sort --zone Europe/Paris in
	check 0 "$paris" ""
	run --separate-stderr loyalty-sort -p programme.json in
	check 0 "$york" ""
	run --separate-stderr env LOYALTY_PROGRAMME=programme.json loyalty-sort in
	check 0 "$york" ""
	run --separate-stderr env LOYALTY_PROGRAMME=nowhere loyalty-sort --zone Europe/Paris in
	check 0 "$paris" ""
	run --separate-stderr env LOYALTY_PROGRAMME= loyalty-sort in
	check 3 "" "loyalty-sort: in:1:25: invalid 'at': expected a date and time with offset, as no zone is given
$hint"
}

@test "a programme without a zone that can be read is refused" {
	fact 2026-01-01T12:00 a >in
	run --separate-stderr loyalty-sort -p nowhere.json in
	check 4 "" "loyalty-sort: cannot open 'nowhere.json': No such file or directory"
	echo '{}' >programme.json
	run --separate-stderr loyalty-sort -p programme.json in
	check 2 "" "loyalty-sort: programme.json: missing 'timezone'"
	echo '{"timezone":"Mars/Olympus"}' >programme.json
	run --separate-stderr loyalty-sort -p programme.json in
	check 2 "" "loyalty-sort: programme.json: unknown time zone 'Mars/Olympus'"
	echo '{"timezone":' >programme.json
	run --separate-stderr loyalty-sort -p programme.json in
	[ "$status" -eq 2 ]
	[[ $stderr == "loyalty-sort: programme.json:2:"* ]]
}

@test "--max-rejects stops at one more" {
	{ echo 1; echo 2; fact 2026-01-01T00:00:00Z a; echo 3; } >in
	run --separate-stderr loyalty-sort --rejects rejects --max-rejects 3 in
	check 1 "$(fact 2026-01-01T00:00:00Z a)" "loyalty-sort: 3 lines rejected"
	[ "$(jq -c '[.line, .text]' rejects | tr -d '\n')" = '[1,"1"][2,"2"][4,"3"]' ]
	run --separate-stderr loyalty-sort --rejects rejects --max-rejects 2 in
	check 3 "" "loyalty-sort: in:4:1: not a JSON object
loyalty-sort: more than 2 lines rejected
loyalty-sort: 3 lines rejected"
	run --separate-stderr loyalty-sort --max-rejects 2 in
	check 2 "" "loyalty-sort: '--max-rejects' needs '--rejects'"
	run --separate-stderr loyalty-sort --rejects - in
	check 2 "" "loyalty-sort: '--rejects' goes to the same file as the output"
}

@test "--repeats lists what -u drops" {
	{ fact 2026-01-02T00:00:00Z a; fact 2026-01-01T00:00:00Z b; } >in
	{ fact 2026-01-02T00:00:00Z a; printf '%s\r\n' "$(fact 2026-01-01T00:00:00Z b)"; } >again
	run --separate-stderr loyalty-sort -u --repeats repeats in again in
	check 0 "$(fact 2026-01-01T00:00:00Z b; fact 2026-01-02T00:00:00Z a)" ""
	[ "$(jq -c '[.file, .line]' repeats | tr -d '\n')" = '["again",2]["in",2]["again",1]["in",1]' ]
	[ "$(jq -r 'select(.file == "again").text' repeats)" = "$(fact 2026-01-01T00:00:00Z b; fact 2026-01-02T00:00:00Z a)" ]
	run --separate-stderr loyalty-sort --repeats repeats in
	check 2 "" "loyalty-sort: '--repeats' needs '-u'"
}

@test "-o writes a whole file or none, and may name an input" {
	mkdir directory # bats keeps standard error in a file beside it
	cd directory
	{ fact 2026-01-02T00:00:00Z 2; fact 2026-01-01T00:00:00Z 1; } >log
	loyalty-sort -o log log
	[ "$(cat log)" = "$(fact 2026-01-01T00:00:00Z 1; fact 2026-01-02T00:00:00Z 2)" ]
	cp log before
	{ cat log; echo bad; } >in
	run --separate-stderr loyalty-sort -o log in
	check 3 "" "loyalty-sort: in:3:1: not a JSON object
$hint"
	cmp log before
	[ "$(ls -A | tr '\n' ' ')" = "before in log " ]
	run --separate-stderr loyalty-sort -o nowhere/log in
	[ "$status" -eq 4 ]
	run --separate-stderr loyalty-sort -o . in
	check 4 "" "loyalty-sort: cannot create '.': Is a directory"
	loyalty-sort -o /dev/stdout before >>log
	[ "$(cat log)" = "$(cat before before)" ]
}

@test "a signal leaves nothing behind" {
	mkdir temporary
	mkfifo in
	loyalty-sort --memory 64K -T temporary -o log --rejects rejects in &
	pid=$!
	exec 9>in
	random_facts 1 3000 | cut -f2 >&9
	kill -TERM $pid
	status=0
	wait $pid || status=$?
	exec 9>&-
	[ "$status" -eq 143 ]
	[ -z "$(ls -A temporary)" ]
	[ "$(ls -A | tr '\n' ' ')" = "in temporary " ]
}

@test "files that cannot be read are exit 4" {
	run --separate-stderr loyalty-sort nowhere
	check 4 "" "loyalty-sort: cannot open 'nowhere': No such file or directory"
	run --separate-stderr loyalty-sort -m /dev/null .
	check 4 "" "loyalty-sort: cannot open '.': Is a directory"
	run --separate-stderr bash -c 'loyalty-sort <.'
	check 4 "" "loyalty-sort: <stdin>: cannot read: Is a directory"
	run --separate-stderr bash -c 'loyalty-sort <&-'
	check 4 "" "loyalty-sort: <stdin>: cannot read: Bad file descriptor"
}

@test "outputs that cannot be written are exit 4, a closed reader is SIGPIPE" {
	random_facts 1 5000 | cut -f2 >in
	for arguments in "in" "-m /dev/null" "--help" "--version"; do
		run --separate-stderr bash -c "loyalty-sort $arguments >/dev/full"
		[ "$arguments" = "-m /dev/null" ] ||
			check 4 "" "loyalty-sort: cannot write '<stdout>': No space left on device" || return 1
	done
	run --separate-stderr bash -c 'loyalty-sort in >&-'
	check 4 "" "loyalty-sort: cannot write '<stdout>': Bad file descriptor"
	run --separate-stderr loyalty-sort --rejects /dev/full <<<bad
	check 4 "" "loyalty-sort: cannot write '/dev/full': No space left on device
loyalty-sort: 1 line rejected"
	for ignored in "" "trap '' PIPE;"; do
		mkfifo pipe
		bash -c "$ignored exec loyalty-sort in" >pipe 2>err &
		pid=$!
		head -n 1 pipe >first
		status=0
		wait $pid || status=$?
		rm pipe
		[ "$status" -eq 141 ] && [ ! -s err ] || return 1
	done
}

@test "wrong usage is exit 2" {
	while IFS='|' read -r arguments message; do
		run --separate-stderr loyalty-sort $arguments </dev/null
		check 2 "" "loyalty-sort: $message" || return 1
	done <<-'END'
		--memory 5|invalid '--memory': expected 64K at least
		--memory x|invalid '--memory': expected a size such as 512M, not 'x'
		--memory 1KB|invalid '--memory': expected a size such as 512M, not '1KB'
		--memory -1|invalid '--memory': expected a size such as 512M, not '-1'
		--memory 99999999999T|invalid '--memory': '99999999999T' is too much
		--memory 99999999999999999999|invalid '--memory': expected a size such as 512M, not '99999999999999999999'
		--rejects x --max-rejects many|invalid '--max-rejects': expected a number, not 'many'
		-p -|the programme cannot be read from '-'
		--zone ../etc|unknown time zone '../etc'
	END
	while IFS='|' read -r arguments message; do
		run --separate-stderr loyalty-sort $arguments </dev/null
		check 2 "" "loyalty-sort: $message
loyalty-sort: try 'loyalty-sort --help'" || return 1
	done <<-'END'
		--pieces|unknown option '--pieces'
		--parts|option '--parts' needs an argument
		-x|unknown option '-x'
		--memory|option '--memory' needs an argument
		-S|option '-S' needs an argument
		--unique=yes|option '--unique' takes no argument
		--as-of x|unknown option '--as-of'
	END
}

@test "--help names what the page names, and --version the version" {
	run --separate-stderr loyalty-sort --help
	[ "$status" -eq 0 ]
	[ "$stderr" = "" ]
	options=$(grep -o -e '--[a-z-]*' <<<"$output" | sort -u)
	[ "$(wc -l <<<"$options")" -ge 14 ]
	for option in $options; do
		grep -q "^\.It.*Fl -${option#--}\b" "$page" || {
			echo "$option is not in the page"
			return 1
		}
	done
	run --separate-stderr loyalty-sort --version
	[ "$status" -eq 0 ]
	[[ $output == "loyalty-sort (loyalty-utils) "* ]]
}

@test "the page is clean, and its examples are true" {
	mandoc -Tlint -W warning "$page"
	awk '
		/^\.Bd -literal/ { inside = 1; block++; next }
		/^\.Ed/ { inside = 0; next }
		!inside { next }
		/^\$ cat / { file = $3; next }
		/^\$ / { file = "output-" block; print substr($0, 3) >("command-" block); next }
		{ print >file }
	' "$page"
	count=0
	for command in command-*; do
		grep -q '^loyalty-sort' "$command" || continue
		bash -c "$(cat "$command")" >actual 2>&1 || [ $? -eq 1 ]
		cmp actual "output-${command#command-}" || return 1
		count=$((count + 1))
	done
	[ "$count" -eq 4 ]
}
