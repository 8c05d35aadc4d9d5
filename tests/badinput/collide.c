/*
 * collide.c - writes keys that belong in few places of a table: COUNT keys of eight letters
 * whose XXH3 hashes have the same low BITS bits.
 *
 * usage: collide COUNT BITS [SEED]; SEED is what the hash is seeded with (none: 0).
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#define XXH_INLINE_ALL
#include <xxhash.h>

enum { LETTERS = 8 };

/* The n-th word of letters. */
static void
put_word(char *word, uint64_t n)
{
	for (int i = LETTERS; i-- > 0; n /= 26)
		word[i] = (char)('a' + n % 26);
}

int
main(int argc, char *argv[])
{
	long count = argc > 2 ? strtol(argv[1], NULL, 10) : 0;
	int bits = argc > 2 ? atoi(argv[2]) : 0;
	uint64_t seed = argc > 3 ? strtoull(argv[3], NULL, 10) : 0;
	uint64_t mask = (UINT64_C(1) << (bits & 31)) - 1;
	char word[LETTERS];

	if (count <= 0 || bits <= 0 || bits > 24) {
		fprintf(stderr, "usage: collide COUNT BITS [SEED]\n");
		return 2;
	}
	for (uint64_t n = 0; count > 0; n++) {
		put_word(word, n * UINT64_C(2654435761) % UINT64_C(208827064576));
		if (XXH3_64bits_withSeed(word, LETTERS, seed) & mask)
			continue;
		printf("%.*s\n", LETTERS, word);
		count--;
	}
	return 0;
}
