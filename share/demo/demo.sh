#!/bin/bash
# demo.sh [DIR] - a coffee shop's month becomes a ledger, balances and a statement
#
# Shows each command as it runs it. What the commands make is left in DIR, or without it in a new
# directory of its own.

set -euo pipefail
shopt -s inherit_errexit

here=$(cd "$(dirname "$0")" && pwd)
dir=${1:-}
[ -n "$dir" ] || dir=$(mktemp -d "${TMPDIR:-/tmp}/loyalty-demo.XXXXXX")
mkdir -p "$dir"
dir=$(cd "$dir" && pwd)
cp "$here"/*.json "$here"/*.csv "$dir"
cd "$dir"

say()
{
	printf '\n# %s\n' "$@"
}

# run COMMAND: shows it and what it says, indented, as the shell would be told it.
run()
{
	printf '$ %s\n' "$1"
	bash -euo pipefail -c "$1" 2>&1
}

say "A month at the till of a coffee shop, as its spreadsheet has it."
run 'head -n 5 till.csv'

say "A map says what the columns mean; rows become facts, one JSON object a line."
run 'loyalty-import -m till.json till.csv >sales.ndjson'
run 'loyalty-import -m cards.json cards.csv >cards.ndjson'
run 'head -n 2 sales.ndjson'

say "Sales and new cards, put in order of time."
run 'loyalty-sort cards.ndjson sales.ndjson >facts.ndjson'

say "The programme: beans for every pound, a level, a free drink, a birthday cake."
run 'loyalty-check --explain coffee.json | sed -n 1,15p'

say "Post the month. The ledger has every fact, and behind it what the programme decided."
export LOYALTY_PROGRAMME=coffee.json
echo '$ export LOYALTY_PROGRAMME=coffee.json'
run 'loyalty-post --as-of 2026-03-31T20:00 -o ledger.ndjson facts.ndjson'
run "grep -E '\"(id|of)\":\"T30(05|10|25)\"' ledger.ndjson"

say "What everybody has."
run 'loyalty-report balance ledger.ndjson'

say "What one member is told."
run 'loyalty-report statement -m C101 ledger.ndjson'

say "The same ledger from four small filters, equal to the byte; and a sum by another tool."
run 'loyalty-earn --as-of 2026-03-31T20:00 facts.ndjson | loyalty-tier | loyalty-redeem |
    loyalty-expire | cmp - ledger.ndjson && echo equal'
if command -v jq >/dev/null; then
	run "jq -s 'map(select(.member == \"C101\") | .units.beans // 0) | add' ledger.ndjson"
fi

say "All of this is in $dir. To go on there:"
cat <<END
    cd $dir
    export PATH=$(dirname "$(command -v loyalty-post)"):\$PATH LOYALTY_PROGRAMME=coffee.json
Change a number in coffee.json, then
    loyalty-check coffee.json && loyalty-post facts.ndjson | loyalty-report balance
What the shop owed at the end of the month:
    loyalty-report liability ledger.ndjson
Where to read on: man loyalty (in the source: man man/loyalty.7)
END
