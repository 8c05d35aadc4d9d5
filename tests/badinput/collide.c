/*
 * collide.c - writes words of eight characters whose XXH3 hashes have the same low 32 bits, by
 * taking the hash of eight bytes backwards. They all belong in one place of a hash table.
 *
 * usage: collide COUNT [SEED]; SEED is what the hash is seeded with (none: 0).
 */
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define XXH_INLINE_ALL
#include <xxhash.h>

enum { LETTERS = 8 };

/* The number whose product with an odd one is 1, by Newton's iteration. */
static uint64_t
inverse(uint64_t odd)
{
	uint64_t found = odd;

	for (int i = 0; i < 6; i++)
		found *= 2 - odd * found;
	return found;
}

static uint64_t
rotate(uint64_t word, int bits)
{
	return word << bits | word >> (64 - bits);
}

/*
 * x ^ rotate(x, 49) ^ rotate(x, 24) backwards. Done 64 times it changes nothing, so 63 times
 * undo it; and to do it twice is to rotate by twice as much.
 */
static uint64_t
unmix(uint64_t word)
{
	for (int times = 1; times < 64; times *= 2) {
		int one = 49 * times % 64;
		int two = 24 * times % 64;

		word ^= (one ? rotate(word, one) : word) ^ (two ? rotate(word, two) : word);
	}
	return word;
}

/* The word of that hash, in bytes. */
static void
word_of(uint64_t hash, uint64_t seed, uint64_t undo, char *word)
{
	unsigned char secret[XXH3_SECRET_DEFAULT_SIZE];
	uint64_t low, high, flip;
	uint32_t first, second;

	memcpy(secret, XXH3_kSecret, sizeof(secret));
	memcpy(&low, secret + 8, sizeof(low));
	memcpy(&high, secret + 16, sizeof(high));
	seed ^= (uint64_t)__builtin_bswap32((uint32_t)seed) << 32;
	flip = (low ^ high) - seed;
	hash ^= hash >> 28 ^ hash >> 56;
	hash *= undo;
	hash ^= (hash >> 35) + LETTERS;
	hash *= undo;
	hash = unmix(hash) ^ flip;
	first = (uint32_t)(hash >> 32);
	second = (uint32_t)hash;
	memcpy(word, &first, sizeof(first));
	memcpy(word + 4, &second, sizeof(second));
}

static bool
is_plain(const char *word)
{
	for (int i = 0; i < LETTERS; i++)
		if (word[i] <= ' ' || word[i] > '~' || word[i] == '"' || word[i] == '\\')
			return false;
	return true;
}

int
main(int argc, char *argv[])
{
	long count = argc > 1 ? strtol(argv[1], NULL, 10) : 0;
	uint64_t seed = argc > 2 ? strtoull(argv[2], NULL, 10) : 0;
	/* Of the factor in XXH3's last steps. */
	uint64_t undo = inverse(UINT64_C(0x9FB21C651E98DF25));
	char word[LETTERS];

	for (uint64_t high = 0; count > 0; high++) {
		word_of(high << 32 | 1234567890, seed, undo, word);
		if (!is_plain(word))
			continue;
		if ((uint32_t)XXH3_64bits_withSeed(word, LETTERS, seed) != 1234567890) {
			fprintf(stderr, "collide: the hash is not taken backwards\n");
			return 1;
		}
		printf("%.*s\n", LETTERS, word);
		count--;
	}
	return 0;
}
