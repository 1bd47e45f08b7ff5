// Package stream follows change streams with the SDKs that people use, while
// shards roll over and the node is killed, and checks what they got.
//
// Every consumer works alike: it follows the lineage of shards, parents before
// children, from the oldest record on, prints each record as a line of JSON
// (lineage.Record), and ends when the stream is off and all shards are
// drained. The tests have the build tag "faults" or "clients".
package stream
