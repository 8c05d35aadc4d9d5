/*
 * width.h - how many columns of a terminal a text takes.
 */
#ifndef WIDTH_H
#define WIDTH_H

#include "slice.h"

/* Columns of valid UTF-8 without control characters, the same in every locale. */
size_t text_width(struct slice text);

#endif
