package store

import (
	"flag"
	"os"
	"testing"
)

// The files of a property test are synced to the disk many times: fewer tries
// keep the package quick.
func TestMain(m *testing.M) {
	flag.Parse()
	if f := flag.Lookup("rapid.checks"); f != nil && f.Value.String() == f.DefValue {
		_ = f.Value.Set("25")
	}
	os.Exit(m.Run())
}
