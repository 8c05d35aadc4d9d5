#!/usr/bin/env bats
# install.bats - what `make install` puts there can be used, and `make uninstall` takes it away

load helper

PREFIX=/opt/loyalty

# One installation for all tests of this file.
setup_file()
{
	export DEST=$BATS_FILE_TMPDIR/dest
	make_it install
}

make_it()
{
	make -C "$ROOT" --no-print-directory "$1" DESTDIR="$DEST" PREFIX=$PREFIX BUILD="$BUILD" \
		CC="${CC:-cc}" SANITIZE="${SANITIZE:-}" >"$BATS_FILE_TMPDIR/make.log" 2>&1 ||
		{ cat "$BATS_FILE_TMPDIR/make.log" >&2; return 1; }
}

pkg()
{
	PKG_CONFIG_SYSROOT_DIR=$DEST PKG_CONFIG_PATH=$DEST$PREFIX/lib/pkgconfig pkg-config "$@" loyalty
}

# compile OUTPUT LIBRARIES…
compile()
{
	local output=$1

	shift
	# shellcheck disable=SC2046,SC2086 # lists of flags
	"${CC:-cc}" -std=c11 -Wall -Wextra -Werror ${SANITIZE:-} $(pkg --cflags) \
		-o "$output" "$ROOT/tests/example.c" "$@"
}

# The example posts a purchase and its return, and leaves out a line that is none.
assert_posted()
{
	assert_line --index 0 "libloyalty $(pkg --modversion) posts by 'Corner Shop'"
	assert_line --index 1 --partial "left out, for its 'amount': expected a decimal: {\"type\":"
	assert_line --partial '"id":"p1:base","at":"2026-03-01T09:05:00Z","member":"ann"'
	assert_line --partial '"units":{"points":0},"repeats":0,"rejected":1}'
	[ ${#lines[@]} -eq 7 ] || fail "not seven lines: $output"
}

@test "every file is there, with its mode" {
	local file

	for file in "$BUILD"/bin/*; do
		[ -x "$DEST$PREFIX/bin/$(basename "$file")" ] || problem "no bin/$(basename "$file")"
	done
	for file in "$ROOT"/man/*.[1-8]; do
		[ -e "$file" ] || continue
		[ -f "$DEST$PREFIX/share/man/man${file##*.}/$(basename "$file")" ] ||
			problem "no page $(basename "$file")"
	done
	[ ! -d "$ROOT/share" ] || diff -r "$ROOT/share" "$DEST$PREFIX/share/loyalty" ||
		problem "share/loyalty is not share"
	for file in "$ROOT"/share/examples/*; do
		[ -x "$DEST$PREFIX/share/loyalty/examples/$(basename "$file")" ] ||
			problem "cannot be run: $(basename "$file")"
	done
	while read -r file; do
		problem "not for all to read: $file"
	done < <(find "$DEST" ! -perm -444)
	no_problems
}

# exported OPTIONS… FILE: the names that it defines for others
exported()
{
	nm --defined-only "$@" | sed -n 's/^[0-9a-f]* [A-Z] //p' | sort
}

@test "the libraries export the interface and nothing else" {
	local interface

	interface=$(sed -n 's/^LOYALTY_API.*[ *]\(loyalty_[a-z_]*\)(.*/\1/p' "$ROOT/include/loyalty.h" |
		sort)
	run -0 exported -D "$DEST$PREFIX/lib/libloyalty.so"
	assert_output "$interface"
	run -0 exported --extern-only "$DEST$PREFIX/lib/libloyalty.a"
	assert_output "$interface"
}

@test "the version is that of the header" {
	run -0 pkg --modversion
	assert_output "$(sed -n 's/.*define LOYALTY_VERSION "\(.*\)"/\1/p' "$ROOT/include/loyalty.h")"
}

@test "the header stands alone, in C and in C++" {
	echo '#include <loyalty.h>' >"$BATS_TEST_TMPDIR/alone.c"
	# shellcheck disable=SC2046
	run -0 "${CC:-cc}" -std=c11 -pedantic -Wall -Wextra -Werror $(pkg --cflags) -fsyntax-only \
		"$BATS_TEST_TMPDIR/alone.c"
	command -v c++ >/dev/null || return 0
	# shellcheck disable=SC2046
	run -0 c++ -Wall -Wextra -Werror $(pkg --cflags) -fsyntax-only -xc++ "$BATS_TEST_TMPDIR/alone.c"
}

@test "a program links with the shared library" {
	# shellcheck disable=SC2046
	compile "$BATS_TEST_TMPDIR/example" $(pkg --libs)
	run -0 readelf -d "$BATS_TEST_TMPDIR/example"
	assert_output --regexp 'NEEDED.*libloyalty\.so\.[0-9]+\]'
	LD_LIBRARY_PATH=$DEST$PREFIX/lib run -0 "$BATS_TEST_TMPDIR/example"
	assert_posted
}

@test "a program links with the static library" {
	local libraries

	libraries=$(pkg --libs --static)
	# shellcheck disable=SC2086
	compile "$BATS_TEST_TMPDIR/example" ${libraries/-lloyalty/-l:libloyalty.a}
	run -0 readelf -d "$BATS_TEST_TMPDIR/example"
	refute_output --partial libloyalty
	run -0 "$BATS_TEST_TMPDIR/example"
	assert_posted
}

@test "uninstall leaves no file" {
	make_it uninstall
	run -0 find "$DEST" ! -type d
	assert_output ''
}
