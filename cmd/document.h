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

#endif
