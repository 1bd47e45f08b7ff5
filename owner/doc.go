// Package owner runs the partitions of one journal. It takes the journal's
// messages strictly in sequence, applies each command to its partition's
// SQLite file, and answers once both are done.
//
// A partition that nobody asks for is asleep: its file is closed and nothing
// of it is in memory. What is known about every partition, asleep or not, is
// the mark up to which it has applied the journal; a file that does not stand
// where it should is refused, never served. DESIGN.md has the reasons.
package owner
