/*
 * references.h - members who are named in a state before their own opening has come.
 */
#ifndef SNAPSHOT_REFERENCES_H
#define SNAPSHOT_REFERENCES_H

#include "codec.h"

struct references;

/* NULL: out of memory. */
struct references *references_new(void);
void references_free(struct references *references);

/* The number of the member with a key, or one that stands for it until all are known. */
uint32_t references_index(struct codec *codec, struct slice key);

/* codec->member was merged into the one with a key; or (`has`) that one into it. */
void references_merge(struct codec *codec, struct slice key, bool has);

/* All members are there: replaces what stands for them. false: codec has failed. */
bool references_settle(struct codec *codec);

#endif
