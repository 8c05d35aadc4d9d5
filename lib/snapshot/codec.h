/*
 * codec.h - the JSON of a member's state, written and read by one description.
 *
 * What describes a structure calls a function for each of its members, in the order in
 * which they stand in the line: writing, it puts the member, unless it has its usual value;
 * reading, it takes the member where it stands next, else gives the usual value. So both
 * sides cannot differ, and reading is one pass without a tree. The text was validated as
 * JSON before.
 */
#ifndef SNAPSHOT_CODEC_H
#define SNAPSHOT_CODEC_H

#include "../engine.h"
#include "../ratio.h"

struct names;
struct references;

struct codec {
	struct engine *engine;
	struct writer *out; /* NULL: reading */
	bool comma;         /* writing: something stands before the next member */
	const char *at, *end;
	bool changed; /* reading: what another version of the programme wrote */
	bool failed;  /* error says why */
	struct loyalty_error *error;
	struct names *names;
	struct references *references; /* members who are named before they are known */
	struct member *member;         /* whose state it is */
};

static inline bool
writes(const struct codec *codec)
{
	return codec->out != NULL;
}

/* Starts to read a value's text, or to write. */
void codec_read(struct codec *codec, struct slice text);
void codec_write(struct codec *codec, struct writer *out);

/* Goes over blanks before the first member. */
void codec_space(struct codec *codec);

/* What is wrong with the member `name`. The first failure stays. */
void codec_fail(struct codec *codec, const char *name, const char *text);
void codec_memory(struct codec *codec);

/* ---- objects and lists ------------------------------------------------------- */

/*
 * A member that is an object or a list. `there` says, when writing, whether it is to be
 * written; the answer is whether it is there.
 */
bool code_object(struct codec *codec, const char *name, bool there);
bool code_list(struct codec *codec, const char *name, bool there);
void code_object_end(struct codec *codec);
void code_list_end(struct codec *codec);

/* The next element of a list: writing, one that comes now (true). */
bool code_next(struct codec *codec);
/* The same for an object as element. */
bool code_next_object(struct codec *codec);

/* Reading, how many elements of the list are to come. */
size_t code_left(const struct codec *codec);

/* Reading an object of names: the next one, decoded. false: no more. */
bool read_name(struct codec *codec, struct slice *name);
/* Writing one. */
void write_name(struct codec *codec, struct slice name);

/* ---- members ------------------------------------------------------------------- */

/* A value without name: an element of a list, or what stands behind a name. */
void value_count(struct codec *codec, int64_t *count);
void value_instant(struct codec *codec, instant *at);
void value_text(struct codec *codec, struct slice *text);
void value_ratio(struct codec *codec, struct ratio *ratio);
/* Reading, the kind of the value that stands next. */
enum value_kind value_kind_next(const struct codec *codec);
/* Any JSON value as it stands. */
void value_raw(struct codec *codec, struct slice *text);

void code_count(struct codec *codec, const char *name, int64_t *count, int64_t usual);
void code_flag(struct codec *codec, const char *name, bool *flag);
void code_instant(struct codec *codec, const char *name, instant *at, instant usual);
/* Refuses a time without a date: nothing can be reckoned with it. */
void codec_dated(struct codec *codec, const char *name, instant at);
/* One that has a date, and is always there. */
void code_dated(struct codec *codec, const char *name, instant *at);
/* Usually empty. Read text is good until the next record. */
void code_text(struct codec *codec, const char *name, struct slice *text);
/* In 16 hexadecimal digits; usually 0. */
void code_hash(struct codec *codec, const char *name, uint64_t *hash);
/* "3/7", or "3"; usually `usual`. */
void code_ratio(struct codec *codec, const char *name, struct ratio *ratio, struct ratio usual);
/* One of a list of words, counted from 0; usually the first. */
void code_word(
	struct codec *codec, const char *name, const char *const *words, int count, int *place);

/* code_count() for other integers. */
#define CODE_NUMBER(codec, name, lvalue, usual)                                                    \
	do {                                                                                       \
		int64_t number_ = (int64_t)(lvalue);                                               \
		code_count(codec, name, &number_, (int64_t)(usual));                               \
		if (!writes(codec))                                                                \
			(lvalue) = (__typeof__(lvalue))number_;                                    \
	} while (0)

/* code_flag() for a bit of a structure. */
#define CODE_BIT(codec, name, lvalue)                                                              \
	do {                                                                                       \
		bool bit_ = (lvalue);                                                              \
		code_flag(codec, name, &bit_);                                                     \
		if (!writes(codec))                                                                \
			(lvalue) = bit_;                                                           \
	} while (0)

#define NO_RATIO ((struct ratio){ 0, 0 })

#endif
