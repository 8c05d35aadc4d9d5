/*
 * new_file.h - a file that appears whole or not at all, whatever happens: it is written beside its
 * path, synced, and renamed.
 *
 * The draft of `dir/name` is `dir/.name.loyalty-part`, locked while it is written. So a run that
 * was killed leaves no more than that one file, which the next run to the same path throws away,
 * and two runs at once cannot get at each other's.
 */
#ifndef NEW_FILE_H
#define NEW_FILE_H

#include <stdbool.h>
#include <sys/types.h>

struct new_file {
	int fd;     /* what to write to; -1: nothing is open */
	char *path; /* the file to appear; not the link to it */
	char *temporary; /* its name until new_file_publish(); NULL: a device or pipe, written to as it is */
	int directory; /* where both are; -1: it cannot be read */
	bool replaces; /* a file that is there, whose mode is kept */
	mode_t mode;
};

/*
 * Opens a draft for path, or the device or pipe that path names. 0 or an errno: EBUSY says that
 * another run is writing to path.
 */
int new_file_open(struct new_file *file, const char *path);
/* Has all that was written to fd stand at path, for good, and closes it. 0 or an errno. */
int new_file_publish(struct new_file *file);
/* Closes and frees; an unpublished draft is removed. */
void new_file_drop(struct new_file *file);

#endif
