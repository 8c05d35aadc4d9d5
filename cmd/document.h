/*
 * document.h - the programme that -p or LOYALTY_PROGRAMME names.
 */
#ifndef DOCUMENT_H
#define DOCUMENT_H

#include "cli.h"
#include "programme.h"

/*
 * Loads the programme, which the caller frees with programme_free(). false: no
 * document was named, it cannot be read, or it is not valid; all its errors have
 * been reported, and the exit code is noted.
 */
bool cli_load_programme(struct cli *cli, struct programme **programme);

/* `loyalty-post: shop.json: earn[0].per: a decimal stands in quotes: write "0.5"`; notes the exit
 * code. */
void cli_programme_error(struct cli *cli, const char *name, const struct programme_error *error);

#endif
