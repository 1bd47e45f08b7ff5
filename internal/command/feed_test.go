package command

import (
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestFeedsAndWalksSurviveTheirByteForm(t *testing.T) {
	f := &Entries{Source: 1 << 40, Low: -1, List: []Entry{
		{Number: 7, Base: []byte("b"), Version: 9, Key: []byte{0}, Item: []byte(`{"a":{"S":"x"}}`), Size: 2},
		{Number: 8, Base: []byte("c"), Version: 10},
	}}
	b := AppendEntries(nil, f)
	got, err := DecodeEntries(b)
	if d := cmp.Diff(f, got); d != "" || err != nil {
		t.Error(d, err)
	}
	one, err := DecodeOneEntry(AppendOneEntry(nil, &f.List[0]))
	if d := cmp.Diff(f.List[0], one); d != "" || err != nil {
		t.Error(d, err)
	}
	w := &Walk{Index: 3, From: []byte("k"), Limit: 10, Bytes: 1 << 20}
	back, err := DecodeWalk(AppendWalk(nil, w))
	if d := cmp.Diff(w, back); d != "" || err != nil {
		t.Error(d, err)
	}
	for n := range b {
		if _, err := DecodeEntries(b[:n]); !errors.Is(err, ErrFormat) {
			t.Errorf("%d of %d bytes: %v", n, len(b), err)
		}
	}
	if _, err := DecodeEntries(append(b, 0)); !errors.Is(err, ErrFormat) {
		t.Errorf("a byte too many: %v", err)
	}
}
