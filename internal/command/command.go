// Package command is what travels in the journal: one write as a client asked
// for it, its condition included, with everything that is not deterministic
// already stamped; and what came of it.
package command

import (
	"shvm-db/internal/catalog"
	"shvm-db/internal/expr"
	"shvm-db/internal/fault"
	"shvm-db/internal/item"
)

// Op is the kind of a command. The numbers are in the journal: never change
// one.
type Op uint8

const (
	Put    Op = 1
	Update Op = 2
	Delete Op = 3
	Check  Op = 4 // a ConditionCheck of a transaction
	// Schema makes the partition, or changes its schema.
	Schema Op = 5
	// Drop ends the partition: its rows and its file go, and every later command
	// for it is refused. Dropping one that is not there has no effect.
	Drop Op = 6

	// Transact does all actions of its Transaction or none.
	Transact Op = 7

	// The commands of a transaction that spreads over partitions, and of tokens.
	// Those of the ledger go to the partition Ledger.

	// Claim takes a client's token for a transaction of one partition.
	Claim Op = 8
	// Begin enters a transaction in the ledger, and takes its token.
	Begin Op = 9
	// Prepare evaluates a participant's actions and holds their items.
	Prepare Op = 10
	// Decide enters the decision in the ledger. The first one counts.
	Decide Op = 11
	// Finish does what a participant prepared, or gives it up.
	Finish Op = 12
	// Settle takes a transaction that all participants have finished out of the
	// ledger.
	Settle Op = 13

	// The owner itself makes these.

	// Feed brings entries to a partition of a global index.
	Feed Op = 16
	// Fill walks on through a partition's items, in order with its writes, and
	// makes the entries of an index that is new, or the expiry times of a table
	// whose time to live is new.
	Fill Op = 17
	// Expire deletes the item with Key if it still has the expiry time Expires.
	// Its change record bears the service's identity.
	Expire Op = 18
	// Roll ends the open shard of the partition's change stream and opens its
	// child. Without a stream it has no effect.
	Roll Op = 19
	// Trim forgets change records older than a day, by its Stamp.
	Trim Op = 20
)

// Ledger is the partition that holds the ledger of transactions. It belongs to
// no table.
const Ledger catalog.PartitionID = 1<<63 - 1

// Command is one entry of a batch.
type Command struct {
	Op        Op
	Partition catalog.PartitionID
	// Stamp is the time the gateway took the request, in Unix milliseconds:
	// the only clock that applying a command may read.
	Stamp int64
	// NotAfter is the deadline in Unix milliseconds: past it, by journal time,
	// the owner refuses the command.
	NotAfter int64

	// Key is the item's encoded primary key (package key).
	Key []byte
	// KeyItem are the key attributes of an Update, Delete or Check.
	KeyItem item.Map
	// Item is the whole item of a Put. It stays as it is once its JSON or its size
	// was asked for.
	Item item.Map
	// Condition, if not nil, has to hold.
	Condition *expr.Condition
	// Update is what an Update does.
	Update *expr.Update
	// OldOnFailure asks for the item when the condition fails.
	OldOnFailure bool
	// Want says which images the outcome must carry.
	Want Images

	// Schema is that of a Schema command.
	Schema *catalog.Schema
	// Transaction is that of a Transact command.
	Transaction *Transaction
	// Feed is that of a Feed command.
	Feed *Entries
	// Fill is that of a Fill command.
	Fill *Walk
	// Expires is the Unix second that an Expire command read.
	Expires int64

	// Waiter, if not nil, hears what came of the command. It does not travel:
	// only the process that submitted the command knows it.
	Waiter Waiter

	// stored and size are what ItemJSON and ItemSize found.
	stored []byte
	size   int
}

// Waiter hears what came of a command. Answer is called once at most, and must
// not block. An error says that the outcome is not known, or, if it comes from
// the appender, that the command is not in the journal.
type Waiter interface {
	Answer(*Outcome, error)
}

// Images is a set of images.
type Images uint8

const (
	OldImage Images = 1 << iota
	NewImage
)

// Outcome is what came of a command.
type Outcome struct {
	// Fault is the answer if the command was refused: a condition that failed,
	// an update that does not fit the item, an item too large.
	Fault *fault.Error
	// Old and New are the images that were asked for; nil if there is none.
	Old, New item.Map
	// OldSize and NewSize are the item's sizes in bytes before and after; 0 is
	// no item. They are always there: capacity is computed from them.
	OldSize, NewSize int
	// Touched are the paths that an Update wrote, for UPDATED_OLD and
	// UPDATED_NEW.
	Touched []expr.Path
	// Indexes tells, for each local or global index whose entry changed, the
	// sizes of what was removed and written.
	Indexes []IndexChange
	// Collection is the size in bytes of the item collection, if the table has
	// local indexes.
	Collection int64

	// Actions are the outcomes of a transaction's actions, by position. If any of
	// them has a Fault, the transaction was cancelled and had no effect; Fault
	// itself then is nil, and is there only when the transaction was refused
	// before its actions were looked at.
	Actions []*Outcome
	// Verdict is the ledger's answer to a Claim, Begin or Decide.
	Verdict *Verdict
	// Repeated says that a transaction's token was seen before: it succeeded then
	// and had no effect now.
	Repeated bool
}

// IndexChange is what a write did to one index.
type IndexChange struct {
	Name string
	// Removed and Written are the sizes in bytes of the entry taken away and of
	// the entry put; 0 is none. An entry replaced in place has both.
	Removed, Written int
	// Moved says that the entry's key changed, which costs a removal and a
	// write.
	Moved bool
}
