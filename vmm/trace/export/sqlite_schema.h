/*
 * sqlite_schema.h: the tables, indices and views of an exported trace.
 *
 * Numbers are 64 bits, signed as SQLite has them: printf('0x%x', n) shows them unsigned. old and new are
 * numbers up to 8 bytes, else blobs in the order of memory; NULL is not known.
 */
#ifndef VMM_TRACE_EXPORT_SQLITE_SCHEMA_H
#define VMM_TRACE_EXPORT_SQLITE_SCHEMA_H

/* The result has its name only when it is whole: no journal. The cache bounds the memory, in KiB;
 * indices are sorted in as much, and faster in what a CPU caches. */
static const char sqlite_settings[] = "PRAGMA journal_mode=OFF; PRAGMA synchronous=OFF; PRAGMA locking_mode=EXCLUSIVE;"
				      "PRAGMA cache_size=-2048; PRAGMA temp_store=FILE;";

static const char sqlite_tables[] =
	"BEGIN;"
	"CREATE TABLE head(name TEXT, value TEXT);"
	"CREATE TABLE counters(name TEXT, value INTEGER);"
	"CREATE TABLE keepers(id INTEGER PRIMARY KEY, name TEXT UNIQUE);"
	"CREATE TABLE instructions(id INTEGER PRIMARY KEY, rip INTEGER, code BLOB, bits INTEGER, text TEXT,"
	" function TEXT, UNIQUE(rip, code, bits));"
	"CREATE TABLE accesses(sequence INTEGER PRIMARY KEY, tsc INTEGER, vcpu INTEGER, kind TEXT, size INTEGER,"
	" part INTEGER, parts INTEGER, repetition INTEGER, instruction INTEGER REFERENCES instructions(id),"
	" linear INTEGER, gpa INTEGER, old, new, cpl INTEGER, cr3 INTEGER, badge INTEGER,"
	" keeper INTEGER REFERENCES keepers(id), verdict TEXT, flags TEXT);"
	"CREATE TABLE markers(sequence INTEGER PRIMARY KEY, tsc INTEGER, vcpu INTEGER, kind TEXT, gpa INTEGER,"
	" count INTEGER, text TEXT, bytes BLOB);"
	"CREATE TABLE objects(linear INTEGER PRIMARY KEY, name TEXT);";

static const char sqlite_indices[] = "CREATE INDEX accesses_gpa ON accesses(gpa);"
				     "CREATE INDEX accesses_linear ON accesses(linear);"
				     "CREATE INDEX accesses_instruction ON accesses(instruction);";

#define SQLITE_SUMS                                                                                                    \
	"count(*) AS accesses, sum(kind='load') AS loads, sum(kind='store') AS stores, sum(kind='rmw') AS rmws,"       \
	" sum(kind='fetch') AS fetches, sum(size) AS bytes FROM accesses "

static const char sqlite_views[] =
	"CREATE VIEW readable AS SELECT sequence, tsc, vcpu, kind, size, printf('0x%x', i.rip) AS rip,"
	" iif(linear IS NULL, NULL, printf('0x%x', linear)) AS linear, printf('0x%x', gpa) AS gpa,"
	" CASE typeof(old) WHEN 'integer' THEN printf('0x%x', old) WHEN 'blob' THEN hex(old) END AS old,"
	" CASE typeof(new) WHEN 'integer' THEN printf('0x%x', new) WHEN 'blob' THEN hex(new) END AS new,"
	" i.text AS text, i.function AS function, o.name AS object, k.name AS keeper, verdict, flags"
	" FROM accesses LEFT JOIN instructions i ON i.id = instruction LEFT JOIN keepers k ON k.id = keeper"
	" LEFT JOIN objects o USING(linear);"
	"CREATE VIEW by_function AS SELECT coalesce(function, '?') AS function, " SQLITE_SUMS
	"JOIN instructions i ON i.id = instruction GROUP BY function ORDER BY accesses DESC;"
	"CREATE VIEW by_instruction AS SELECT printf('0x%x', i.rip) AS rip, i.text AS text, " SQLITE_SUMS
	"JOIN instructions i ON i.id = instruction GROUP BY instruction ORDER BY accesses DESC;"
	"CREATE VIEW by_object AS SELECT coalesce(o.name, '?') AS object, " SQLITE_SUMS
	"LEFT JOIN objects o USING(linear) GROUP BY object ORDER BY accesses DESC;"
	"CREATE VIEW by_page AS SELECT printf('0x%x', gpa & ~4095) AS page, " SQLITE_SUMS
	"GROUP BY gpa & ~4095 ORDER BY accesses DESC;"
	"CREATE VIEW by_size AS SELECT size AS access_size, " SQLITE_SUMS "GROUP BY size ORDER BY size;"
	"COMMIT;";

#endif
