# helper.bash - what every bats file begins with: `load helper`
#
# The tools of the build that is under test ($BUILD, else build/) are on PATH by their names.

bats_require_minimum_version 1.5.0

ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
BUILD=$(cd "$ROOT" && realpath "${BUILD:-build}")
PATH=$BUILD/bin:$PATH
BATS_LIB_PATH=${BATS_LIB_PATH:-/usr/lib/bats:/usr/share/bats:/usr/local/lib}
export ROOT BUILD PATH BATS_LIB_PATH LC_ALL=C
# A finding of a sanitizer must not look like an exit code of ours.
export ASAN_OPTIONS=${ASAN_OPTIONS:-exitcode=99:detect_leaks=1}
export UBSAN_OPTIONS=${UBSAN_OPTIONS:-print_stacktrace=1:exitcode=99}
unset TZ NO_COLOR LOYALTY_PROGRAMME MAKEFLAGS MAKELEVEL MFLAGS

bats_load_library bats-support
bats_load_library bats-assert

# Tests that loop over many cases gather what is wrong, and fail once with all of it.
problems=()

# problem TEXT…: goes on; the test fails at no_problems.
problem()
{
	problems+=("$*")
}

no_problems()
{
	[ ${#problems[@]} -eq 0 ] && return 0
	printf '%s\n' "${problems[@]}" | fail
}
