/*
 * faults.c - preloaded: one call of a process fails, or ends it, as FAULT says.
 *
 * FAULT=TOOL:CALL:N:HOW
 *
 *	TOOL	the name of the process; `*` is every one
 *	CALL	malloc (and its relatives), mmap, open, read, write, fsync, rename, unlink, lock, mode;
 *		`any` is every one of them but malloc and mmap;
 *		`disk` is write to a file, where N is how many bytes there is room for
 *	N	the number of the call, from 1
 *	HOW	EIO, ENOSPC, ... the call fails, and does nothing
 *		short	it moves half of the bytes; `torn`: and then the process is killed
 *		kill	the process is killed before the call; `killed`: behind it
 *		crash	so is its process group; `crashed`: behind it
 *		With `+` behind it all later calls do, too, but for EINTR only every other one.
 *
 * FAULT_LOG names a file to which a line is added when that happens. Reading random numbers is no
 * call that counts: programs do without. What stdio reads and writes does not come by here.
 */
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/types.h>
#include <sys/uio.h>
#include <unistd.h>

enum effect { GOES_ON, FAILS, SHORTENS, KILLS };

static struct {
	bool known;
	bool here; /* this is the process */
	char call[16];
	long number;
	int error;
	bool shortens;
	bool kills;
	bool later; /* kills behind the call */
	bool group; /* kills the group */
	bool lasts;
	long count;
	bool said;
} fault;

static int random_fd = -1;

/* ---- what is asked for ----------------------------------------------------- */

/* Not getenv(): shells have their own, which need not work yet. */
static const char *
variable(const char *name)
{
	size_t size = strlen(name);

	for (char **entry = environ; entry && *entry; entry++) {
		if (strncmp(*entry, name, size) == 0 && (*entry)[size] == '=')
			return *entry + size + 1;
	}
	return NULL;
}

static int
error_named(const char *name, size_t size)
{
	static const struct {
		const char *name;
		int error;
	} errors[] = { { "EIO", EIO }, { "ENOSPC", ENOSPC }, { "ENOMEM", ENOMEM },
		{ "EINTR", EINTR }, { "EACCES", EACCES }, { "EROFS", EROFS }, { "EDQUOT", EDQUOT },
		{ "ENOLCK", ENOLCK }, { "EINVAL", EINVAL } };

	for (size_t i = 0; i < sizeof(errors) / sizeof(errors[0]); i++) {
		if (strlen(errors[i].name) == size && memcmp(errors[i].name, name, size) == 0)
			return errors[i].error;
	}
	return 0;
}

static bool
is(const char *text, size_t size, const char *word)
{
	return strlen(word) == size && memcmp(text, word, size) == 0;
}

static void
read_how(const char *how)
{
	size_t size = strcspn(how, "+");

	fault.lasts = how[size] == '+';
	fault.error = error_named(how, size);
	fault.shortens = is(how, size, "short") || is(how, size, "torn");
	fault.later = is(how, size, "killed") || is(how, size, "crashed") || is(how, size, "torn");
	fault.group = is(how, size, "crash") || is(how, size, "crashed");
	fault.kills = fault.later || fault.group || is(how, size, "kill");
	if (!fault.error && !fault.shortens && !fault.kills)
		abort();
}

/* The field up to the next colon into word, which has room for size bytes; where the next begins. */
static const char *
read_word(const char *text, char *word, size_t size)
{
	size_t length = strcspn(text, ":");

	if (text[length] != ':' || length >= size)
		abort();
	memcpy(word, text, length);
	word[length] = '\0';
	return text + length + 1;
}

static void
read_fault(void)
{
	const char *text = variable("FAULT");
	char tool[64];
	char *end;

	fault.known = true;
	if (!text)
		return;
	text = read_word(text, tool, sizeof(tool));
	text = read_word(text, fault.call, sizeof(fault.call));
	fault.number = strtol(text, &end, 10);
	if (*end != ':')
		abort();
	fault.here = strcmp(tool, "*") == 0 || strcmp(tool, program_invocation_short_name) == 0;
	read_how(end + 1);
}

/* ---- whether it is now ----------------------------------------------------- */

static void
say(void)
{
	const char *path = variable("FAULT_LOG");
	char line[128];
	int size;
	int fd;

	if (fault.said || !path)
		return;
	fault.said = true;
	size = snprintf(
		line, sizeof(line), "%s %s\n", program_invocation_short_name, variable("FAULT"));
	fd = (int)syscall(SYS_openat, AT_FDCWD, path, O_WRONLY | O_APPEND | O_CREAT, 0666);
	syscall(SYS_write, fd, line, (size_t)size);
	syscall(SYS_close, fd);
}

static void
die(void)
{
	kill(fault.group ? 0 : getpid(), SIGKILL);
	for (;;)
		pause();
}

/* What becomes of a call; errno is set where it fails. */
static enum effect
meet(const char *call, bool memory)
{
	bool now;

	if (!fault.known)
		read_fault();
	if (!fault.here ||
		(strcmp(fault.call, call) != 0 && (memory || strcmp(fault.call, "any") != 0)))
		return GOES_ON;
	fault.count++;
	now = fault.count == fault.number || (fault.lasts && fault.count > fault.number);
	if (fault.error == EINTR && (fault.count - fault.number) % 2 != 0)
		now = false;
	if (!now)
		return GOES_ON;
	say();
	if (fault.kills && !fault.later)
		die();
	if (fault.kills)
		return KILLS;
	if (fault.shortens)
		return SHORTENS;
	errno = fault.error;
	return FAILS;
}

/* The rest of a call that is not to fail. */
static long
after(enum effect effect, long result)
{
	if (effect == KILLS)
		die();
	return result;
}

static size_t
shortened(enum effect effect, size_t size)
{
	bool shorter = effect == SHORTENS || (effect == KILLS && fault.shortens);

	return shorter && size > 1 ? size / 2 : size;
}

/* How much of a write there is room for; errno is set where there is none. */
static size_t
room(int fd, size_t size)
{
	struct stat status;

	if (!fault.known)
		read_fault();
	if (!fault.here || strcmp(fault.call, "disk") != 0 || fstat(fd, &status) != 0 ||
		!S_ISREG(status.st_mode))
		return size;
	if (size > (size_t)fault.number) {
		say();
		size = (size_t)fault.number;
		errno = fault.error;
	}
	fault.number -= (long)size;
	return size;
}

/* ---- memory ---------------------------------------------------------------- */

void *
malloc(size_t size)
{
	static void *(*next)(size_t);

	if (!next)
		*(void **)&next = dlsym(RTLD_NEXT, "malloc");
	return meet("malloc", true) == FAILS ? NULL : next(size);
}

void *
realloc(void *ptr, size_t size)
{
	static void *(*next)(void *, size_t);

	if (!next)
		*(void **)&next = dlsym(RTLD_NEXT, "realloc");
	return meet("malloc", true) == FAILS ? NULL : next(ptr, size);
}

void *
calloc(size_t nmemb, size_t size)
{
	static void *(*next)(size_t, size_t);

	if (!next)
		*(void **)&next = dlsym(RTLD_NEXT, "calloc");
	return meet("malloc", true) == FAILS ? NULL : next(nmemb, size);
}

void *
reallocarray(void *ptr, size_t nmemb, size_t size)
{
	static void *(*next)(void *, size_t, size_t);

	if (!next)
		*(void **)&next = dlsym(RTLD_NEXT, "reallocarray");
	return meet("malloc", true) == FAILS ? NULL : next(ptr, nmemb, size);
}

int
posix_memalign(void **memptr, size_t alignment, size_t size)
{
	static int (*next)(void **, size_t, size_t);

	if (!next)
		*(void **)&next = dlsym(RTLD_NEXT, "posix_memalign");
	return meet("malloc", true) == FAILS ? ENOMEM : next(memptr, alignment, size);
}

void *
aligned_alloc(size_t alignment, size_t size)
{
	static void *(*next)(size_t, size_t);

	if (!next)
		*(void **)&next = dlsym(RTLD_NEXT, "aligned_alloc");
	return meet("malloc", true) == FAILS ? NULL : next(alignment, size);
}

void *
mmap(void *addr, size_t len, int prot, int flags, int fd, off_t offset)
{
	if (meet("mmap", true) == FAILS)
		return MAP_FAILED;
	return (void *)syscall(SYS_mmap, addr, len, prot, flags, fd, offset);
}

/* ---- opening ----------------------------------------------------------------- */

static int
open_at(int directory, const char *path, int flags, mode_t mode)
{
	enum effect effect;
	int fd;

	if (strcmp(path, "/dev/urandom") == 0) {
		random_fd = (int)syscall(SYS_openat, directory, path, flags, mode);
		return random_fd;
	}
	effect = meet("open", false);
	if (effect == FAILS)
		return -1;
	fd = (int)syscall(SYS_openat, directory, path, flags, mode);
	return (int)after(effect, fd);
}

static mode_t
mode_of(int flags, va_list arguments)
{
	return flags & (O_CREAT | (O_TMPFILE & ~O_DIRECTORY)) ? (mode_t)va_arg(arguments, int) : 0;
}

int
open(const char *file, int oflag, ...)
{
	va_list arguments;
	mode_t mode;

	va_start(arguments, oflag);
	mode = mode_of(oflag, arguments);
	va_end(arguments);
	return open_at(AT_FDCWD, file, oflag, mode);
}

int open64(const char *file, int oflag, ...) __attribute__((alias("open")));

int
openat(int fd, const char *file, int oflag, ...)
{
	va_list arguments;
	mode_t mode;

	va_start(arguments, oflag);
	mode = mode_of(oflag, arguments);
	va_end(arguments);
	return open_at(fd, file, oflag, mode);
}

int openat64(int fd, const char *file, int oflag, ...) __attribute__((alias("openat")));

/* ---- reading and writing ----------------------------------------------------- */

ssize_t
read(int fd, void *buf, size_t nbytes)
{
	enum effect effect = fd == random_fd ? GOES_ON : meet("read", false);

	if (effect == FAILS)
		return -1;
	return after(effect, syscall(SYS_read, fd, buf, shortened(effect, nbytes)));
}

ssize_t
pread(int fd, void *buf, size_t nbytes, off_t offset)
{
	enum effect effect = meet("read", false);

	if (effect == FAILS)
		return -1;
	return after(effect, syscall(SYS_pread64, fd, buf, shortened(effect, nbytes), offset));
}

ssize_t pread64(int fd, void *buf, size_t nbytes, off_t offset) __attribute__((alias("pread")));

ssize_t
write(int fd, const void *buf, size_t n)
{
	enum effect effect = fd == STDERR_FILENO ? GOES_ON : meet("write", false);
	size_t size;

	if (effect == FAILS)
		return -1;
	size = room(fd, n);
	if (size == 0 && n > 0)
		return -1;
	return after(effect, syscall(SYS_write, fd, buf, shortened(effect, size)));
}

ssize_t
pwrite(int fd, const void *buf, size_t n, off_t offset)
{
	enum effect effect = meet("write", false);

	if (effect == FAILS)
		return -1;
	return after(effect, syscall(SYS_pwrite64, fd, buf, shortened(effect, n), offset));
}

ssize_t pwrite64(int fd, const void *buf, size_t n, off_t offset) __attribute__((alias("pwrite")));

/* ---- files and their names ------------------------------------------------------ */

int
fsync(int fd)
{
	enum effect effect = meet("fsync", false);

	return effect == FAILS ? -1 : (int)after(effect, syscall(SYS_fsync, fd));
}

int
fdatasync(int fildes)
{
	enum effect effect = meet("fsync", false);

	return effect == FAILS ? -1 : (int)after(effect, syscall(SYS_fdatasync, fildes));
}

int
syncfs(int fd)
{
	enum effect effect = meet("fsync", false);

	return effect == FAILS ? -1 : (int)after(effect, syscall(SYS_syncfs, fd));
}

int
renameat2(int oldfd, const char *old, int newfd, const char *new, unsigned flags)
{
	enum effect effect = meet("rename", false);

	if (effect == FAILS)
		return -1;
	return (int)after(effect, syscall(SYS_renameat2, oldfd, old, newfd, new, flags));
}

int
renameat(int oldfd, const char *old, int newfd, const char *new)
{
	return renameat2(oldfd, old, newfd, new, 0);
}

int
rename(const char *old, const char *new)
{
	return renameat2(AT_FDCWD, old, AT_FDCWD, new, 0);
}

int
unlinkat(int fd, const char *name, int flag)
{
	enum effect effect = meet("unlink", false);

	return effect == FAILS ? -1 : (int)after(effect, syscall(SYS_unlinkat, fd, name, flag));
}

int
unlink(const char *name)
{
	return unlinkat(AT_FDCWD, name, 0);
}

int
flock(int fd, int operation)
{
	enum effect effect = meet("lock", false);

	return effect == FAILS ? -1 : (int)after(effect, syscall(SYS_flock, fd, operation));
}

int
fchmod(int fd, mode_t mode)
{
	enum effect effect = meet("mode", false);

	return effect == FAILS ? -1 : (int)after(effect, syscall(SYS_fchmod, fd, mode));
}
