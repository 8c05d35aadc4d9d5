/*
 * writer.c - unit tests of writing: blocks, strings, decimals, failures, and
 * files that appear whole or not at all.
 */
#include "writer.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "check.h"
#include "slice.h"

/* The whole of a file, to be freed; NULL where there is none. */
static char *
file_read(const char *path, size_t *size)
{
	int fd = open(path, O_RDONLY);
	struct stat status;
	char *data;

	if (fd < 0)
		return NULL;
	fstat(fd, &status);
	data = malloc((size_t)status.st_size + 1);
	*size = (size_t)read(fd, data, (size_t)status.st_size);
	close(fd);
	return data;
}

static bool
file_is(const char *path, struct slice expected)
{
	size_t size = 0;
	char *data = file_read(path, &size);
	bool equal = data && slice_equal((struct slice){ data, size }, expected);

	free(data);
	return equal;
}

/* Entries of the working directory. */
static int
file_count(void)
{
	DIR *directory = opendir(".");
	int count = -2;

	while (readdir(directory))
		count++;
	closedir(directory);
	return count;
}

static mode_t
file_mode(const char *path)
{
	struct stat status;

	return stat(path, &status) == 0 ? status.st_mode & 07777 : 0;
}

static void
put_line(struct writer *writer, const char *text)
{
	writer_put(writer, slice_of(text));
	writer_line_end(writer);
}

static void
test_file(void)
{
	struct loyalty_error error;
	struct writer writer;
	mode_t mask = umask(027);

	CHECK(writer_open(&writer, "ledger", &error) == LOYALTY_OK);
	put_line(&writer, "one");
	writer_flush(&writer);
	CHECK(access("ledger", F_OK) != 0 && file_count() == 1);
	CHECK(strcmp(writer.file.temporary, ".ledger.loyalty-part") == 0);
	CHECK(writer_commit(&writer, &error) == LOYALTY_OK);
	writer_free(&writer);
	CHECK(file_is("ledger", SLICE("one\n")) && file_count() == 1);
	CHECK(file_mode("ledger") == 0640);

	/* What is not committed leaves the old file and nothing else. */
	CHECK(writer_open(&writer, "ledger", &error) == LOYALTY_OK);
	put_line(&writer, "two");
	writer_free(&writer);
	CHECK(file_is("ledger", SLICE("one\n")) && file_count() == 1);

	/* A new content keeps the mode, and a link stays a link. */
	chmod("ledger", 0604);
	CHECK(symlink("ledger", "link") == 0);
	CHECK(writer_open(&writer, "./link", &error) == LOYALTY_OK);
	put_line(&writer, "three");
	CHECK(writer_commit(&writer, &error) == LOYALTY_OK);
	writer_free(&writer);
	CHECK(file_is("ledger", SLICE("three\n")) && file_mode("ledger") == 0604);
	CHECK(file_is("link", SLICE("three\n")) && file_count() == 2);
	umask(mask);
}

/* A killed run leaves a draft without a lock; the next run does away with it. */
static void
test_leftover(void)
{
	struct loyalty_error error;
	struct writer first, second;

	close(open(".part.loyalty-part", O_WRONLY | O_CREAT, 0400));
	chmod(".part.loyalty-part", 0600);
	CHECK(writer_open(&first, "part", &error) == LOYALTY_OK);
	put_line(&first, "one");

	CHECK(writer_open(&second, "./part", &error) == LOYALTY_IO);
	CHECK(strcmp(error.text, "cannot create './part': another run is writing it") == 0);
	CHECK(writer_commit(&first, &error) == LOYALTY_OK);
	writer_free(&first);
	CHECK(file_is("part", SLICE("one\n")) && access(".part.loyalty-part", F_OK) != 0);

	/* Neither gives its name to what somebody else has put there, nor removes it. */
	CHECK(writer_open(&first, "part", &error) == LOYALTY_OK);
	put_line(&first, "two");
	unlink(".part.loyalty-part");
	close(open(".part.loyalty-part", O_WRONLY | O_CREAT, 0600));
	CHECK(writer_commit(&first, &error) == LOYALTY_IO);
	writer_free(&first);
	CHECK(file_is("part", SLICE("one\n")) && unlink(".part.loyalty-part") == 0);
	CHECK(unlink("part") == 0);
}

/* A link to nothing yet: the file appears where the link points to. */
static void
test_dangling(void)
{
	struct loyalty_error error;
	struct writer writer;

	CHECK(mkdir("below", 0777) == 0 && symlink("target", "below/first") == 0);
	CHECK(symlink("below/first", "second") == 0);
	CHECK(writer_open(&writer, "second", &error) == LOYALTY_OK);
	put_line(&writer, "one");
	CHECK(writer_commit(&writer, &error) == LOYALTY_OK);
	writer_free(&writer);
	CHECK(file_is("below/target", SLICE("one\n")) && file_is("second", SLICE("one\n")));
	unlink("below/target");
	unlink("below/first");
	unlink("second");
	CHECK(rmdir("below") == 0);
}

static void
test_no_file(void)
{
	struct loyalty_error error;
	struct writer writer;

	CHECK(writer_open(&writer, "missing/ledger", &error) == LOYALTY_IO);
	CHECK(strcmp(error.text, "cannot create 'missing/ledger': No such file or directory") == 0);
	CHECK(writer_open(&writer, ".", &error) == LOYALTY_IO);
	CHECK(strcmp(error.text, "cannot create '.': Is a directory") == 0);
	CHECK(writer_open(&writer, "", &error) == LOYALTY_IO);
}

/* A device is written to as it is; the first failure stays. */
static void
test_full(void)
{
	struct loyalty_error error;
	struct writer writer;

	CHECK(writer_open(&writer, "/dev/full", &error) == LOYALTY_OK);
	put_line(&writer, "one");
	CHECK(writer.error == 0);
	writer_flush(&writer);
	CHECK(writer.error == ENOSPC);
	put_line(&writer, "two");
	CHECK(writer_commit(&writer, &error) == LOYALTY_IO);
	CHECK(strcmp(error.text, "cannot write '/dev/full': No space left on device") == 0);
	writer_free(&writer);

	CHECK(writer_init(&writer, -1));
	put_line(&writer, "one");
	CHECK(writer_commit(&writer, &error) == LOYALTY_IO);
	CHECK(strcmp(error.text, "cannot write: Bad file descriptor") == 0);
	writer_free(&writer);
}

static void
test_text(void)
{
	static char expected[9000];
	static char text[4500];
	struct loyalty_error error;
	struct writer writer;

	CHECK(writer_open(&writer, "text", &error) == LOYALTY_OK);
	writer_put_string(&writer, SLICE("caf\xC3\xA9"));
	writer_put_char(&writer, ',');
	writer_put_string(&writer, SLICE("\"\\\n\x01"));
	writer_put_decimal(&writer, -105, 0);
	writer_put_char(&writer, ' ');
	writer_put_decimal(&writer, 8520, 2);
	writer_put_char(&writer, ' ');
	writer_put_decimal(&writer, -5, 2);
	CHECK(writer_commit(&writer, &error) == LOYALTY_OK);
	writer_free(&writer);
	CHECK(file_is(
		"text", SLICE("\"caf\xC3\xA9\",\"\\\"\\\\\\n\\u0001\"-105 \"85.20\" \"-0.05\"")));

	CHECK(writer_open(&writer, "text", &error) == LOYALTY_OK);
	memset(text, '\n', sizeof(text));
	writer_put_string(&writer, (struct slice){ text, 4499 });
	CHECK(writer_commit(&writer, &error) == LOYALTY_OK);
	writer_free(&writer);
	expected[0] = '"';
	for (int i = 0; i < 4499; i++)
		memcpy(expected + 1 + 2 * i, "\\n", 2);
	expected[8999] = '"';
	CHECK(file_is("text", (struct slice){ expected, 9000 }));
}

/* Pieces of all sizes, some larger than the buffer, come out in order. */
static void
test_pieces(void)
{
	static const size_t sizes[] = { 1, 100, 262143, 262144, 262145, 5, 262139, 1000000, 3 };
	char *expected = malloc(3000000);
	size_t size = 0;
	struct loyalty_error error;
	struct writer writer;

	CHECK(writer_open(&writer, "pieces", &error) == LOYALTY_OK);
	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		memset(expected + size, 'a' + (int)i, sizes[i]);
		if (i % 2 == 0) {
			writer_put(&writer, (struct slice){ expected + size, sizes[i] });
		} else {
			memcpy(writer_reserve(&writer, sizes[i]), expected + size, sizes[i]);
			writer_advance(&writer, sizes[i]);
		}
		size += sizes[i];
	}
	CHECK(writer_commit(&writer, &error) == LOYALTY_OK);
	writer_free(&writer);
	CHECK(file_is("pieces", (struct slice){ expected, size }));
	free(expected);
}

/* A pipe that takes a little at a time, and that does not wait. */
static void
test_pipe(void)
{
	enum { LINES = 100000 };
	struct loyalty_error error;
	struct writer writer;
	int ends[2];
	int status;
	pid_t child;

	if (pipe(ends) != 0)
		exit(1);
	child = fork();
	if (child == 0) {
		char buffer[1000];
		size_t total = 0;
		ssize_t got;

		close(ends[1]);
		while ((got = read(ends[0], buffer, sizeof(buffer))) > 0)
			total += (size_t)got;
		_exit(total == LINES * 10 ? 0 : 1);
	}
	close(ends[0]);
	fcntl(ends[1], F_SETFL, O_NONBLOCK);
	CHECK(writer_init(&writer, ends[1]));
	for (int i = 0; i < LINES; i++)
		put_line(&writer, "123456789");
	CHECK(writer_commit(&writer, &error) == LOYALTY_OK);
	writer_free(&writer);
	close(ends[1]);
	waitpid(child, &status, 0);
	CHECK(WIFEXITED(status) && WEXITSTATUS(status) == 0);
}

static void
test_unbuffered(void)
{
	struct writer writer;
	char buffer[16];
	int ends[2];

	if (pipe(ends) != 0)
		exit(1);
	CHECK(writer_init(&writer, ends[1]));
	writer.unbuffered = true;
	put_line(&writer, "now");
	CHECK(read(ends[0], buffer, sizeof(buffer)) == 4);
	writer_free(&writer);
	close(ends[0]);
	close(ends[1]);
}

int
main(void)
{
	char directory[] = "/tmp/loyalty-writer-XXXXXX";
	static const char *const made[] = { "ledger", "link", "text", "pieces" };

	if (!mkdtemp(directory) || chdir(directory) != 0) {
		perror("writer: cannot make a directory");
		return 1;
	}
	test_file();
	test_leftover();
	test_dangling();
	test_no_file();
	test_full();
	test_text();
	test_pieces();
	test_pipe();
	test_unbuffered();
	for (size_t i = 0; i < sizeof(made) / sizeof(made[0]); i++)
		unlink(made[i]);
	if (chdir("/") != 0 || rmdir(directory) != 0) {
		printf("writer: something is left in %s\n", directory);
		failures++;
	}
	return failures != 0;
}
