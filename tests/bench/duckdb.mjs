// DuckDB's side of the benchmark: usage: node duckdb.mjs FILE [THREADS]
//
// Only the two columns that the query needs are declared, which is the fastest that DuckDB can be
// asked for it. The result is added up, so that nothing of the work can be left out.
// The package is looked for in $DUCKDB_MODULES, where bench.sh has installed it.

import { createRequire } from "node:module";

const require = createRequire(`${process.env.DUCKDB_MODULES}/`);
const { DuckDBInstance } = require("@duckdb/node-api");

const [file, threads] = process.argv.slice(2);
const instance = await DuckDBInstance.create(":memory:", threads ? { threads } : {});
const connection = await instance.connect();
const reader = await connection.runAndReadAll(`
	SELECT member, sum(floor(amount))
	FROM read_json('${file.replaceAll("'", "''")}', format = 'newline_delimited',
		columns = {member: 'VARCHAR', amount: 'DECIMAL(12,2)'})
	GROUP BY member`);

let members = 0;
let points = 0;
for (const column of [reader.getColumns()[1]]) {
	for (const sum of column) {
		members++;
		points += Number(sum);
	}
}
console.log(members, points);
