/*
 * index.c - where in a programme something of a name stands.
 */
#include "programme.h"

#define INDEX_OF(list, list_count, name)                                                           \
	do {                                                                                       \
		for (int i_ = 0; i_ < (list_count); i_++) {                                        \
			if (slice_equal((list)[i_].id, name))                                      \
				return i_;                                                         \
		}                                                                                  \
		return -1;                                                                         \
	} while (0)

int
unit_index(const struct programme *programme, struct slice id)
{
	INDEX_OF(programme->units, programme->unit_count, id);
}

int
ladder_index(const struct programme *programme, struct slice id)
{
	INDEX_OF(programme->ladders, programme->ladder_count, id);
}

int
level_index(const struct ladder *ladder, struct slice id)
{
	INDEX_OF(ladder->levels, ladder->level_count, id);
}

int
reward_index(const struct programme *programme, struct slice id)
{
	INDEX_OF(programme->rewards, programme->reward_count, id);
}

int
rule_index(const struct programme *programme, struct slice id)
{
	INDEX_OF(programme->rules, programme->rule_count, id);
}
