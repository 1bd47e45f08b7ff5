// Package store is one partition's SQLite file: its items in the order of
// their keys, its local indexes, its schema, and the mark that says how far
// the file has applied its journal.
//
// The file is a plain database that the sqlite3 shell reads: table items holds
// each item's JSON as it is answered, and every other table is listed in
// docs/FORMATS.md. Nothing is cached beside SQLite.
//
// A Store belongs to one partition actor and is not safe for concurrent use.
// Writes happen inside a transaction that the actor holds open over many
// commands: the journal is what makes a command durable, a COMMIT only moves
// the point from which it would be replayed, and only Checkpoint puts that
// point on the disk.
//
// Every page carries a checksum in the file and in the write-ahead log (see
// vfs.go), and a page that does not match its own is never served.
package store
