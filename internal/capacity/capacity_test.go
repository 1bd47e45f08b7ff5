package capacity

import (
	"testing"

	"shvm-db/internal/command"
)

func units(u Units) string { return string(AppendUnits(nil, u)) }

func TestReadsRoundUpToFourKilobytes(t *testing.T) {
	for _, c := range []struct {
		bytes  int
		strong bool
		want   string
	}{
		{0, false, "0.5"}, {0, true, "1.0"},
		{1, false, "0.5"}, {4096, false, "0.5"}, {4097, false, "1.0"},
		{4096, true, "1.0"}, {4097, true, "2.0"}, {1 << 20, true, "256.0"},
	} {
		if got := units(Read(c.bytes, c.strong)); got != c.want {
			t.Errorf("%d bytes, strong %v: %s, want %s", c.bytes, c.strong, got, c.want)
		}
	}
}

func TestWritesRoundUpToOneKilobyteOfTheLargerItem(t *testing.T) {
	for _, c := range []struct {
		before, after int
		want          string
	}{
		{0, 0, "1.0"}, {0, 1, "1.0"}, {0, 1024, "1.0"}, {0, 1025, "2.0"},
		{3000, 10, "3.0"}, {10, 3000, "3.0"}, {0, 409600, "400.0"},
	} {
		if got := units(Write(c.before, c.after)); got != c.want {
			t.Errorf("%d to %d: %s, want %s", c.before, c.after, got, c.want)
		}
	}
}

// The numbers are those measured in eu-west-2 that the public conformance
// suite of paritysuite records for index writes (2026-08-12).
func TestAnIndexIsChargedForWhatChangesInIt(t *testing.T) {
	for _, c := range []struct {
		name   string
		change command.IndexChange
		want   string
	}{
		{"new entry", command.IndexChange{Written: 40}, "1.0"},
		{"entry gone", command.IndexChange{Removed: 40}, "1.0"},
		{"replaced in place", command.IndexChange{Removed: 40, Written: 60}, "1.0"},
		{"moved", command.IndexChange{Removed: 40, Written: 60, Moved: true}, "2.0"},
		{"moved, large", command.IndexChange{Removed: 1025, Written: 10, Moved: true}, "3.0"},
		{"untouched", command.IndexChange{}, "0.0"},
	} {
		if got := units(IndexWrite(c.change)); got != c.want {
			t.Errorf("%s: %s, want %s", c.name, got, c.want)
		}
	}
}

func TestConsumedCapacityHasTheArmsThatWereCharged(t *testing.T) {
	c := Consumed{TableName: "t"}
	c.AddWrite(&command.Outcome{NewSize: 100, Indexes: []command.IndexChange{
		{Name: "g", Written: 40}, {Name: "l", Removed: 10, Written: 10, Moved: true}, {Name: "idle"},
	}}, 1, func(index string) bool { return index == "l" })
	for _, w := range []struct {
		d    Detail
		want string
	}{
		{Total, `{"CapacityUnits":4.0,"TableName":"t"}`},
		{Indexes, `{"CapacityUnits":4.0,"TableName":"t","Table":{"CapacityUnits":1.0},` +
			`"LocalSecondaryIndexes":{"l":{"CapacityUnits":2.0}},"GlobalSecondaryIndexes":{"g":{"CapacityUnits":1.0}}}`},
	} {
		if got := string(c.Append(nil, w.d)); got != w.want {
			t.Errorf("got  %s\nwant %s", got, w.want)
		}
	}
}

func TestTransactionsTellTheSide(t *testing.T) {
	c := Consumed{TableName: "t", Side: Writes}
	c.AddWrite(&command.Outcome{NewSize: 100}, 2, nil)
	want := `{"CapacityUnits":2.0,"WriteCapacityUnits":2.0,"TableName":"t"}`
	if got := string(c.Append(nil, Total)); got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}
