#!/bin/bash
# deps.sh [build] [check] [lint] [fuzz] [bench] - install what is missing, where there is apt
#
# Says nothing and asks nobody where everything is there. What counts is whether a command, a
# header or a file can be found, not where it came from.

set -u

# need KIND SUBJECT PACKAGE: notes the Debian package where the subject cannot be found.
missing=()
need()
{
	case $1 in
	command) command -v "$2" >/dev/null ;;
	header) [ -e "/usr/include/$2" ] || echo "#include <$2>" | ${CC:-cc} -E -xc - >/dev/null 2>&1 ;;
	file) [ -e "$2" ] ;;
	bats) bats_library "$2" ;;
	esac || missing+=("$3")
}

bats_library()
{
	local dir bats_path=${BATS_LIB_PATH:-}

	for dir in ${bats_path//:/ } /usr/lib/bats /usr/share/bats /usr/local/lib; do
		[ -e "$dir/$1/load.bash" ] && return 0
	done
	return 1
}

look()
{
	local what

	missing=()
	for what in "$@"; do
		case $what in
		build)
			need command "${CC:-cc}" gcc
			need command make make
			need command pkg-config pkg-config
			need header stdio.h libc6-dev
			need header jansson.h libjansson-dev
			need header csv.h libcsv-dev
			need header xxhash.h libxxhash-dev
			need file /usr/share/zoneinfo/America/New_York tzdata
			;;
		check)
			need command bats bats
			need bats bats-support bats-support
			need bats bats-assert bats-assert
			need command jq jq
			need command python3 python3
			need command mandoc mandoc
			need command nm binutils
			need command setpriv util-linux
			;;
		lint)
			need command clang-format clang-format
			need command clang-tidy clang-tidy
			need command cppcheck cppcheck
			need command shellcheck shellcheck
			;;
		fuzz)
			need command clang clang
			;;
		bench)
			need command jq jq
			need command mlr miller
			need command node nodejs
			need command npm npm
			need file /usr/bin/time time
			need command python3 python3
			;;
		*)
			echo "deps.sh: unknown part '$what'" >&2
			exit 2
			;;
		esac
	done
}

apt_install()
{
	local root=()

	[ "$(id -u)" -eq 0 ] || root=(sudo)
	"${root[@]}" env DEBIAN_FRONTEND=noninteractive \
		apt-get install -y -qq --no-install-recommends "$@" >/dev/null
}

apt_update()
{
	local root=()

	[ "$(id -u)" -eq 0 ] || root=(sudo)
	"${root[@]}" apt-get update -qq
}

look "$@"
[ ${#missing[@]} -eq 0 ] && exit 0
if command -v apt-get >/dev/null; then
	echo "installing ${missing[*]}" >&2
	apt_install "${missing[@]}" 2>/dev/null ||
		{ apt_update && apt_install "${missing[@]}"; }
	look "$@"
	[ ${#missing[@]} -eq 0 ] && exit 0
fi
echo "please install what these packages of Debian have: ${missing[*]}" >&2
exit 1
