/*
 * draft.c - a file that appears whole or not at all.
 */
#include "draft.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

enum { LINKS_MAX = 40, TRIES_MAX = 100, BASE_MAX = 200, MODE_BITS = 0777 };

/* ---- names --------------------------------------------------------------- */

/* Length of the directory part of a path, with its slash; 0: there is none. */
static int
directory_length(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? (int)(slash + 1 - path) : 0;
}

/* The name of the draft, to be freed; NULL: out of memory. A long base is cut: the lock is enough. */
static char *
temporary_name(const char *path)
{
	int directory = directory_length(path);
	char *name;

	if (asprintf(&name, "%.*s.%.*s.loyalty-part", directory, path, BASE_MAX, path + directory) <
		0)
		return NULL;
	return name;
}

/* Where the symbolic link at path points to, to be freed. NULL: errno, EINVAL for no link. */
static char *
follow_link(const char *path)
{
	char target[PATH_MAX];
	ssize_t size = readlink(path, target, sizeof(target));
	char *followed;

	if (size == (ssize_t)sizeof(target))
		errno = ENAMETOOLONG;
	if (size < 0 || size == (ssize_t)sizeof(target))
		return NULL;
	if (asprintf(&followed, "%.*s%.*s", target[0] == '/' ? 0 : directory_length(path), path,
		    (int)size, target) < 0)
		return NULL;
	return followed;
}

/* The path of a file that is not there yet, behind links that lead to nothing. NULL: errno. */
static char *
resolve_missing(const char *path)
{
	char *resolved = strdup(path);

	for (int i = 0; resolved && i < LINKS_MAX; i++) {
		char *next = follow_link(resolved);

		if (!next && (errno == EINVAL || errno == ENOENT))
			return resolved;
		free(resolved);
		resolved = next;
	}
	if (resolved)
		errno = ELOOP;
	free(resolved);
	return NULL;
}

/* ---- opening --------------------------------------------------------------- */

/* open(), which a signal can break off. */
static int
open_again(const char *path, int flags, mode_t mode)
{
	int fd;

	do
		fd = open(path, flags | O_CLOEXEC, mode);
	while (fd < 0 && errno == EINTR);
	return fd;
}

/* 0, or EBUSY where another process holds it. Where there are no locks, nobody else is there. */
static int
lock(int fd)
{
	int status;

	do
		status = flock(fd, LOCK_EX | LOCK_NB);
	while (status != 0 && errno == EINTR);
	return status != 0 && errno == EWOULDBLOCK ? EBUSY : 0;
}

/* Whether name is still the file's; false with errno. */
static bool
is_named(int fd, const char *name)
{
	struct stat file, named;

	if (fstat(fd, &file) != 0 || lstat(name, &named) != 0)
		return false;
	errno = ESTALE;
	return file.st_dev == named.st_dev && file.st_ino == named.st_ino;
}

/*
 * Removes what a killed run left at name. Its lock went with it, and whoever removes the file
 * holds the lock, so that the name cannot have come to be another's in between.
 */
static int
remove_leftover(const char *name)
{
	int fd = open_again(name, O_WRONLY | O_NOFOLLOW | O_NONBLOCK, 0);
	int reason;

	if (fd < 0)
		return errno == ENOENT ? 0 : errno;
	reason = lock(fd);
	if (reason == 0 && is_named(fd, name) && unlink(name) != 0)
		reason = errno;
	close(fd);
	return reason;
}

/* Creates the draft and locks it. */
static int
create(struct draft *draft)
{
	mode_t mode = draft->replaces ? 0600 : 0666;
	int reason;

	for (int i = 0; i < TRIES_MAX; i++) {
		draft->fd = open_again(draft->temporary, O_WRONLY | O_CREAT | O_EXCL, mode);
		if (draft->fd >= 0 && lock(draft->fd) == 0 && is_named(draft->fd, draft->temporary))
			return 0;
		/* Another run took it for a leftover before it was locked. */
		if (draft->fd >= 0) {
			close(draft->fd);
			draft->fd = -1;
			continue;
		}
		if (errno != EEXIST)
			return errno;
		reason = remove_leftover(draft->temporary);
		if (reason != 0)
			return reason;
	}
	return EBUSY;
}

static int
open_directory(struct draft *draft)
{
	int length = directory_length(draft->path);
	char *name = length > 0 ? strndup(draft->path, (size_t)length) : strdup(".");

	if (!name)
		return ENOMEM;
	draft->directory = open_again(name, O_RDONLY | O_DIRECTORY, 0);
	free(name);
	return draft->directory < 0 && errno != EACCES ? errno : 0;
}

static int
open_file(struct draft *draft)
{
	int reason = open_directory(draft);
	char *name;

	if (reason != 0)
		return reason;
	name = temporary_name(draft->path);
	if (!name)
		return ENOMEM;
	draft->temporary = name;
	reason = create(draft);
	if (reason == 0)
		return 0;
	/* It is not ours to remove. */
	free(draft->temporary);
	draft->temporary = NULL;
	return reason;
}

static int
open_path(struct draft *draft, const char *path)
{
	struct stat old;
	size_t size = strlen(path);

	draft->replaces = stat(path, &old) == 0;
	if (!draft->replaces && errno != ENOENT)
		return errno;
	if (!draft->replaces && (size == 0 || path[size - 1] == '/'))
		return size == 0 ? ENOENT : EISDIR;
	/* The file that a symbolic link points to is replaced, not the link. */
	draft->path = draft->replaces ? realpath(path, NULL) : resolve_missing(path);
	if (!draft->path)
		return errno;
	if (!draft->replaces || S_ISREG(old.st_mode)) {
		draft->mode = draft->replaces ? old.st_mode & MODE_BITS : 0;
		return open_file(draft);
	}
	draft->fd = open_again(draft->path, O_WRONLY, 0);
	return draft->fd < 0 ? errno : 0;
}

int
draft_open(struct draft *draft, const char *path)
{
	int reason;

	*draft = (struct draft){ .fd = -1, .directory = -1 };
	reason = open_path(draft, path);
	if (reason != 0)
		draft_drop(draft);
	return reason;
}

/* ---- publishing ------------------------------------------------------------ */

/* fsync(), which a signal can break off, and which directories need not have. */
static int
sync_again(int fd, bool directory)
{
	int status;

	do
		status = fsync(fd);
	while (status != 0 && errno == EINTR);
	return status == 0 || (directory && errno == EINVAL) ? 0 : errno;
}

/* Makes the new name last. Of a directory that may be written to but not read, all is synced. */
static int
sync_name(const struct draft *draft)
{
	if (draft->directory >= 0)
		return sync_again(draft->directory, true);
	return syncfs(draft->fd) == 0 ? 0 : errno;
}

static int
publish_file(struct draft *draft)
{
	int reason;

	if (draft->replaces && fchmod(draft->fd, draft->mode) != 0)
		return errno;
	reason = sync_again(draft->fd, false);
	if (reason != 0)
		return reason;
	/* Where there are no locks, or somebody has cleaned up, the name may be another's. */
	if (!is_named(draft->fd, draft->temporary) || rename(draft->temporary, draft->path) != 0)
		return errno;
	free(draft->temporary);
	draft->temporary = NULL;
	return sync_name(draft);
}

int
draft_publish(struct draft *draft)
{
	int fd = draft->fd;
	int reason;

	/* The lock must hold until the name is given; after fsync closing has nothing to fail by. */
	if (draft->temporary) {
		reason = publish_file(draft);
		if (reason == 0)
			draft_drop(draft);
		return reason;
	}
	draft->fd = -1;
	return close(fd) == 0 ? 0 : errno;
}

void
draft_drop(struct draft *draft)
{
	/* Unlinked while it is locked, or it might be another's by then. */
	if (draft->temporary && is_named(draft->fd, draft->temporary))
		unlink(draft->temporary);
	if (draft->fd >= 0)
		close(draft->fd);
	if (draft->directory >= 0)
		close(draft->directory);
	free(draft->temporary);
	free(draft->path);
	*draft = (struct draft){ .fd = -1, .directory = -1 };
}
