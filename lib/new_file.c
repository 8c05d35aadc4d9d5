/*
 * new_file.c - a file that appears whole or not at all.
 */
#include "new_file.h"

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
create(struct new_file *file)
{
	mode_t mode = file->replaces ? 0600 : 0666;
	int reason;

	for (int i = 0; i < TRIES_MAX; i++) {
		file->fd = open_again(file->temporary, O_WRONLY | O_CREAT | O_EXCL, mode);
		if (file->fd >= 0 && lock(file->fd) == 0 && is_named(file->fd, file->temporary))
			return 0;
		/* Another run took it for a leftover before it was locked. */
		if (file->fd >= 0) {
			close(file->fd);
			file->fd = -1;
			continue;
		}
		if (errno != EEXIST)
			return errno;
		reason = remove_leftover(file->temporary);
		if (reason != 0)
			return reason;
	}
	return EBUSY;
}

static int
open_directory(struct new_file *file)
{
	int length = directory_length(file->path);
	char *name = length > 0 ? strndup(file->path, (size_t)length) : strdup(".");

	if (!name)
		return ENOMEM;
	file->directory = open_again(name, O_RDONLY | O_DIRECTORY, 0);
	free(name);
	return file->directory < 0 && errno != EACCES ? errno : 0;
}

static int
open_file(struct new_file *file)
{
	int reason = open_directory(file);
	char *name;

	if (reason != 0)
		return reason;
	name = temporary_name(file->path);
	if (!name)
		return ENOMEM;
	file->temporary = name;
	reason = create(file);
	if (reason == 0)
		return 0;
	/* It is not ours to remove. */
	free(file->temporary);
	file->temporary = NULL;
	return reason;
}

static int
open_path(struct new_file *file, const char *path)
{
	struct stat old;
	size_t size = strlen(path);

	file->replaces = stat(path, &old) == 0;
	if (!file->replaces && errno != ENOENT)
		return errno;
	if (!file->replaces && (size == 0 || path[size - 1] == '/'))
		return size == 0 ? ENOENT : EISDIR;
	/* The file that a symbolic link points to is replaced, not the link. */
	file->path = file->replaces ? realpath(path, NULL) : resolve_missing(path);
	if (!file->path)
		return errno;
	if (!file->replaces || S_ISREG(old.st_mode)) {
		file->mode = file->replaces ? old.st_mode & MODE_BITS : 0;
		return open_file(file);
	}
	file->fd = open_again(file->path, O_WRONLY, 0);
	return file->fd < 0 ? errno : 0;
}

int
new_file_open(struct new_file *file, const char *path)
{
	int reason;

	*file = (struct new_file){ .fd = -1, .directory = -1 };
	reason = open_path(file, path);
	if (reason != 0)
		new_file_drop(file);
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
sync_name(const struct new_file *file)
{
	if (file->directory >= 0)
		return sync_again(file->directory, true);
	return syncfs(file->fd) == 0 ? 0 : errno;
}

static int
publish_file(struct new_file *file)
{
	int reason;

	if (file->replaces && fchmod(file->fd, file->mode) != 0)
		return errno;
	reason = sync_again(file->fd, false);
	if (reason != 0)
		return reason;
	/* Where there are no locks, or somebody has cleaned up, the name may be another's. */
	if (!is_named(file->fd, file->temporary) || rename(file->temporary, file->path) != 0)
		return errno;
	free(file->temporary);
	file->temporary = NULL;
	return sync_name(file);
}

int
new_file_publish(struct new_file *file)
{
	int fd = file->fd;
	int reason;

	/* The lock must hold until the name is given; after fsync closing has nothing to fail by. */
	if (file->temporary) {
		reason = publish_file(file);
		if (reason == 0)
			new_file_drop(file);
		return reason;
	}
	file->fd = -1;
	return close(fd) == 0 ? 0 : errno;
}

void
new_file_drop(struct new_file *file)
{
	/* Unlinked while it is locked, or it might be another's by then. */
	if (file->temporary && is_named(file->fd, file->temporary))
		unlink(file->temporary);
	if (file->fd >= 0)
		close(file->fd);
	if (file->directory >= 0)
		close(file->directory);
	free(file->temporary);
	free(file->path);
	*file = (struct new_file){ .fd = -1, .directory = -1 };
}
