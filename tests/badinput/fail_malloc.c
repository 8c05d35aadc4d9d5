/*
 * fail_malloc.c - preloaded: the allocation of number FAIL_AT fails, and all later ones but with
 * FAIL_ONCE.
 */
#include <dlfcn.h>
#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>

static bool
fails(void)
{
	static long left;
	static bool known;
	const char *text;

	if (!known) {
		known = true;
		text = getenv("FAIL_AT");
		left = text ? strtol(text, NULL, 10) : 0;
	}
	left--;
	if (left > 0 || (left < 0 && getenv("FAIL_ONCE")))
		return false;
	if (left < 0)
		left = 0;
	errno = ENOMEM;
	return true;
}

void *
malloc(size_t size)
{
	static void *(*next)(size_t);

	if (!next)
		*(void **)&next = dlsym(RTLD_NEXT, "malloc");
	return fails() ? NULL : next(size);
}

void *
realloc(void *ptr, size_t size)
{
	static void *(*next)(void *, size_t);

	if (!next)
		*(void **)&next = dlsym(RTLD_NEXT, "realloc");
	return fails() ? NULL : next(ptr, size);
}

void *
calloc(size_t nmemb, size_t size)
{
	static void *(*next)(size_t, size_t);

	if (!next)
		*(void **)&next = dlsym(RTLD_NEXT, "calloc");
	return fails() ? NULL : next(nmemb, size);
}
