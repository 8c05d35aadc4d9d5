/*
 * status.c - filling a struct loyalty_error.
 */
#include "status.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

__attribute__((format(printf, 4, 0))) static enum loyalty_status
fill(struct loyalty_error *error, enum loyalty_status code, const char *path, const char *format,
	va_list arguments)
{
	error->code = code;
	error->line = 0;
	error->column = 0;
	snprintf(error->path, sizeof(error->path), "%s", path);
	vsnprintf(error->text, sizeof(error->text), format, arguments);
	return code;
}

enum loyalty_status
fail(struct loyalty_error *error, enum loyalty_status code, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	fill(error, code, "", format, arguments);
	va_end(arguments);
	return code;
}

enum loyalty_status
fail_at(struct loyalty_error *error, enum loyalty_status code, const char *path, const char *format,
	...)
{
	va_list arguments;

	va_start(arguments, format);
	fill(error, code, path, format, arguments);
	va_end(arguments);
	return code;
}

enum loyalty_status
fail_errno(struct loyalty_error *error, const char *what)
{
	int reason = errno;

	return fail(error, LOYALTY_IO, "%s: %s", what, strerror(reason));
}

enum loyalty_status
fail_memory(struct loyalty_error *error)
{
	return fail(error, LOYALTY_MEMORY, "out of memory");
}
