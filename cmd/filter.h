/*
 * filter.h - the main of every filter.
 */
#ifndef CMD_FILTER_H
#define CMD_FILTER_H

#include "cli.h"

/* Reads the command line, runs the deciders that tool->emits, returns the exit code. */
int cli_filter(const struct cli_tool *tool, int argc, char *argv[]);

#endif
