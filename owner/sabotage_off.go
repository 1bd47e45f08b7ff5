//go:build !sabotage || !unix

package owner

// What a build with the tag "sabotage" can break on purpose, so that the tests
// which look for such faults can show that they find them.
const (
	skipCondition = false // a condition that does not hold is ignored
	answerEarly   = false // a write is answered before it is in the journal
	ignoreLocks   = false // an item that a transaction holds is written all the same
	// a partition of a global index believes whatever comes last
	ignoreVersions = false
)

func failpoint(string) {}
