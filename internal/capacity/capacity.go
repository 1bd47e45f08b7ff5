// Package capacity counts capacity units as DynamoDB charges them, and writes
// the ConsumedCapacity that requests ask for.
package capacity

import (
	"sort"

	"shvm-db/internal/command"
)

// Units are capacity units in halves: an eventually consistent read of up to
// 4 KB is one half.
type Units int64

// The sizes that one unit pays for.
const (
	ReadUnit  = 4096 // bytes of a strong read
	WriteUnit = 1024 // bytes of a write
)

// Read is what reading a number of bytes at once costs. Nothing found costs as
// much as the smallest item.
func Read(bytes int, strong bool) Units {
	u := Units(max(1, (bytes+ReadUnit-1)/ReadUnit))
	if strong {
		u *= 2
	}
	return u
}

// Write is what a write costs that leaves an item of one size where there was
// one of another: the larger pays. 0 is no item.
func Write(before, after int) Units {
	return 2 * Units(max(1, (before+WriteUnit-1)/WriteUnit, (after+WriteUnit-1)/WriteUnit))
}

// IndexWrite is what a write costs in one index. An entry that moves is taken
// away and written again, and pays for both; an entry that is replaced in place
// pays for the larger.
func IndexWrite(c command.IndexChange) Units {
	switch {
	case c.Removed == 0 && c.Written == 0:
		return 0
	case c.Moved && c.Removed > 0 && c.Written > 0:
		return Write(c.Removed, 0) + Write(0, c.Written)
	}
	return Write(c.Removed, c.Written)
}

// Detail is how much of the consumed capacity a request wants to hear of.
type Detail uint8

// The values of ReturnConsumedCapacity.
const (
	None Detail = iota
	Total
	Indexes
)

// ParseDetail reads a value of ReturnConsumedCapacity that has been validated.
func ParseDetail(text string) Detail {
	switch text {
	case "TOTAL":
		return Total
	case "INDEXES":
		return Indexes
	}
	return None
}

// Side says whether an arm of the answer tells reads and writes apart, which
// only transactions do.
type Side uint8

// The sides.
const (
	Plain Side = iota
	Reads
	Writes
)

// Consumed is what one request consumed of one table.
type Consumed struct {
	TableName string
	Table     Units
	// Local and Global are the arms of the indexes that were charged anything.
	Local, Global map[string]Units
	Side          Side
}

// AddWrite adds what a write has cost. local tells whether an index is a local
// one. The factor is of the table's own arm: 2 in transactions.
func (c *Consumed) AddWrite(o *command.Outcome, factor Units, local func(index string) bool) {
	c.Table += factor * Write(o.OldSize, o.NewSize)
	for _, change := range o.Indexes {
		if u := IndexWrite(change); u > 0 {
			c.AddIndex(change.Name, local(change.Name), u)
		}
	}
}

// AddIndex adds units to the arm of an index.
func (c *Consumed) AddIndex(name string, local bool, u Units) {
	arms := &c.Global
	if local {
		arms = &c.Local
	}
	if *arms == nil {
		*arms = map[string]Units{}
	}
	(*arms)[name] += u
}

// Total is the sum of all arms.
func (c *Consumed) Total() Units {
	sum := c.Table
	for _, u := range c.Local {
		sum += u
	}
	for _, u := range c.Global {
		sum += u
	}
	return sum
}

// Append appends the ConsumedCapacity object.
func (c *Consumed) Append(dst []byte, d Detail) []byte {
	dst = append(dst, '{')
	dst = c.Side.append(dst, c.Total())
	dst = append(dst, `,"TableName":"`...) // a table name needs no escapes
	dst = append(append(dst, c.TableName...), '"')
	if d == Indexes {
		dst = append(dst, `,"Table":{`...)
		dst = append(c.Side.append(dst, c.Table), '}')
		dst = c.Side.appendArms(dst, "LocalSecondaryIndexes", c.Local)
		dst = c.Side.appendArms(dst, "GlobalSecondaryIndexes", c.Global)
	}
	return append(dst, '}')
}

func (s Side) appendArms(dst []byte, member string, arms map[string]Units) []byte {
	if len(arms) == 0 {
		return dst
	}
	names := make([]string, 0, len(arms))
	for name := range arms {
		names = append(names, name)
	}
	sort.Strings(names)
	dst = append(append(append(dst, `,"`...), member...), `":{`...)
	for i, name := range names {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = append(append(append(dst, '"'), name...), `":{`...)
		dst = append(s.append(dst, arms[name]), '}')
	}
	return append(dst, '}')
}

// append writes the members that carry a number of units.
func (s Side) append(dst []byte, u Units) []byte {
	dst = AppendUnits(append(dst, `"CapacityUnits":`...), u)
	switch s {
	case Reads:
		dst = AppendUnits(append(dst, `,"ReadCapacityUnits":`...), u)
	case Writes:
		dst = AppendUnits(append(dst, `,"WriteCapacityUnits":`...), u)
	}
	return dst
}

// AppendUnits writes a number of units as the service does: always with one
// decimal.
func AppendUnits(dst []byte, u Units) []byte {
	dst = appendInt(dst, int64(u/2))
	if u%2 != 0 {
		return append(dst, ".5"...)
	}
	return append(dst, ".0"...)
}

func appendInt(dst []byte, n int64) []byte {
	if n >= 10 {
		dst = appendInt(dst, n/10)
	}
	return append(dst, byte('0'+n%10))
}
