package command

import (
	"bytes"
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"shvm-db/internal/catalog"
	"shvm-db/internal/expr"
	"shvm-db/internal/item"
)

func samples(t testing.TB) []*Command {
	t.Helper()
	ph := &expr.Placeholders{
		Names:  map[string]string{"#a": "a b"},
		Values: map[string]item.Value{":n": {Kind: item.N, Text: "1"}, ":s": {Kind: item.SS, Set: []string{"a", "b"}}},
	}
	cond, err := expr.ParseCondition(expr.ConditionExpression, "attribute_not_exists(#a) OR #a = :n", ph)
	if err != nil {
		t.Fatal(err)
	}
	update, err := expr.ParseUpdate("SET #a = #a + :n ADD tags :s", ph)
	if err != nil {
		t.Fatal(err)
	}
	keys := item.Map{{Name: "id", Value: item.Value{Kind: item.S, Text: "k"}}}
	whole := append(item.Map{}, keys...)
	whole = append(whole, item.Attr{Name: "b", Value: item.Value{Kind: item.B, Text: "\x00\xff"}})
	return []*Command{
		{Op: Put, Partition: 1, Stamp: 1_700_000_000_000, NotAfter: 1_700_000_010_000, Key: []byte{0, 1}, Item: whole, Condition: cond, Want: OldImage, OldOnFailure: true},
		{Op: Put, Partition: 1, Key: []byte("x"), Item: item.Map{}},
		{Op: Update, Partition: 1 << 60, Stamp: 5, NotAfter: 0, Key: []byte("k"), KeyItem: keys, Update: update, Condition: cond, Want: OldImage | NewImage},
		{Op: Delete, Partition: 2, Key: []byte("k"), KeyItem: keys},
		{Op: Check, Partition: 2, Key: []byte("k"), KeyItem: keys, Condition: cond},
		{Op: Schema, Partition: 3, Schema: &catalog.Schema{Table: "T", TableID: "id", TTL: "t",
			Key: catalog.Key{Hash: []catalog.KeyAttr{{Name: "id", Kind: item.S}}}, Local: []catalog.Index{{Name: "l"}}}},
		{Op: Drop, Partition: 3},
		{Op: Transact, Partition: 3, Stamp: 7, NotAfter: 9, Transaction: &Transaction{Token: "once", Digest: []byte("d"), Actions: []*Command{
			{Op: Put, Partition: 3, Stamp: 7, NotAfter: 9, Key: []byte("a"), Item: whole, Condition: cond},
			{Op: Check, Partition: 3, Stamp: 7, NotAfter: 9, Key: []byte("b"), KeyItem: keys, Condition: cond, OldOnFailure: true}}}},
		{Op: Transact, Partition: 3, Transaction: &Transaction{Actions: []*Command{}}},
		{Op: Begin, Partition: Ledger, Transaction: &Transaction{ID: []byte("0123456789abcdef"), Participants: []catalog.PartitionID{1, 1 << 40}, Actions: []*Command{}}},
		{Op: Finish, Partition: 1, Transaction: &Transaction{ID: []byte("0123456789abcdef"), Commit: true, Actions: []*Command{}}},
		{Op: Feed, Partition: 4, Feed: &Entries{Source: 3, Low: 9, List: []Entry{{Number: 10, Base: []byte("b"), Version: 3, Key: []byte("k"), Item: []byte("{}"), Size: 2}}}},
		{Op: Fill, Partition: 4, Fill: &Walk{Index: 7, From: []byte("f"), Limit: 100, Bytes: 1 << 20}},
		{Op: Expire, Partition: 4, Key: []byte("k"), KeyItem: keys, Expires: 1_700_000_000},
	}
}

var ignore = cmp.Options{cmpopts.IgnoreUnexported(Command{}),
	cmp.Transformer("condition", func(c *expr.Condition) any {
		if c == nil {
			return nil
		}
		return c.Source()
	}),
	cmp.Transformer("update", func(u *expr.Update) any {
		if u == nil {
			return nil
		}
		return u.Source()
	})}

func TestCommandsRoundTrip(t *testing.T) {
	commands := samples(t)
	for _, want := range commands {
		got, err := Decode(Append(nil, want))
		if err != nil {
			t.Fatalf("op %d: %v", want.Op, err)
		}
		if diff := cmp.Diff(want, got, ignore); diff != "" {
			t.Errorf("op %d: %s", want.Op, diff)
		}
		if p, err := PartitionOf(Append(nil, want)); err != nil || p != want.Partition {
			t.Errorf("op %d: partition %d, %v", want.Op, p, err)
		}
	}
	h := Header{Apply: ApplyVersion, Incarnation: 1, Number: 2, Time: 3, Count: len(commands)}
	b, err := DecodeBatch(AppendBatch(nil, h, commands))
	if err != nil {
		t.Fatal(err)
	}
	if b.Header != h {
		t.Errorf("header %+v", b.Header)
	}
	if diff := cmp.Diff(commands, b.Commands, ignore); diff != "" {
		t.Error(diff)
	}
}

func TestEqualCommandsHaveEqualBytes(t *testing.T) {
	for i, c := range samples(t) {
		again := samples(t)[i]
		if !bytes.Equal(Append(nil, c), Append(nil, again)) {
			t.Errorf("op %d has two byte forms", c.Op)
		}
	}
}

func TestUnknownOpsAndFieldsAreRefused(t *testing.T) {
	good := Append(nil, samples(t)[3])
	op := bytes.Clone(good)
	op[0] = 99
	for name, b := range map[string][]byte{
		"empty": nil, "op": op, "cut": good[:len(good)-1],
		"field":    appendField(bytes.Clone(good), 250, nil),
		"twice":    appendField(bytes.Clone(good), tagKey, []byte("k")),
		"bad item": appendField(Append(nil, &Command{Op: Drop}), tagItem, []byte("{")),
	} {
		if _, err := Decode(b); !errors.Is(err, ErrFormat) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func FuzzDecodeBatch(f *testing.F) {
	f.Add(AppendBatch(nil, Header{Apply: ApplyVersion}, samples(f)))
	f.Fuzz(func(t *testing.T, body []byte) {
		b, err := DecodeBatch(body)
		if err != nil {
			return
		}
		// What was understood can be said again, and means the same.
		again, err := DecodeBatch(AppendBatch(nil, b.Header, b.Commands))
		if err != nil {
			t.Fatalf("encoded again: %v", err)
		}
		if diff := cmp.Diff(b.Commands, again.Commands, ignore); diff != "" {
			t.Fatal(diff)
		}
	})
}
