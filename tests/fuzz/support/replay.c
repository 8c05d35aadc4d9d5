/*
 * replay.c - runs a fuzz target on inputs that are given, without a fuzzer.
 *
 * usage: TARGET FILE|DIRECTORY…; what goes wrong aborts, with the input's name said before.
 */
#include <dirent.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static char *
read_whole(const char *path, size_t *size)
{
	FILE *file = fopen(path, "rb");
	char *text = NULL;
	size_t got;

	*size = 0;
	if (!file)
		return NULL;
	do {
		char *larger = realloc(text, *size + (1 << 16));

		if (!larger)
			abort();
		text = larger;
		got = fread(text + *size, 1, 1 << 16, file);
		*size += got;
	} while (got > 0);
	fclose(file);
	/* Of its own size, so that a sanitizer sees who reads beyond it. */
	return *size ? realloc(text, *size) : text;
}

static int
run_file(const char *path)
{
	size_t size;
	char *text = read_whole(path, &size);

	if (!text) {
		perror(path);
		return 1;
	}
	fprintf(stderr, "%s\n", path);
	LLVMFuzzerTestOneInput((const uint8_t *)text, size);
	free(text);
	return 0;
}

static int
run(const char *path)
{
	DIR *directory = opendir(path);
	const struct dirent *entry;
	int failed = 0;

	if (!directory)
		return run_file(path);
	while ((entry = readdir(directory))) {
		char below[4096];

		if (entry->d_name[0] == '.')
			continue;
		snprintf(below, sizeof(below), "%s/%s", path, entry->d_name);
		failed |= run_file(below);
	}
	closedir(directory);
	return failed;
}

int
main(int argc, char *argv[])
{
	int failed = 0;

	for (int i = 1; i < argc; i++)
		failed |= run(argv[i]);
	return failed;
}
