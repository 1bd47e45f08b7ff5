package command

import (
	"bytes"
	"errors"
	"testing"
)

func TestBatchFrameRoundTrips(t *testing.T) {
	want := Header{Apply: ApplyVersion, Incarnation: 7 << 60, Number: 42, Time: 1_700_000_000_123, Count: 3}
	entries := [][]byte{[]byte("one"), {}, bytes.Repeat([]byte("x"), 300)}
	body := AppendHeader(nil, want)
	for _, e := range entries {
		body = AppendEntry(body, e)
	}
	got, rest, err := ParseHeader(body)
	if err != nil || got != want {
		t.Fatalf("header %+v, %v, want %+v", got, err, want)
	}
	for i, e := range entries {
		var encoded []byte
		if encoded, rest, err = NextEntry(rest); err != nil || !bytes.Equal(encoded, e) {
			t.Fatalf("entry %d: %q, %v", i, encoded, err)
		}
	}
	if len(rest) != 0 {
		t.Fatalf("%d bytes left", len(rest))
	}
}

func TestBatchFrameRefusesWhatItDoesNotKnow(t *testing.T) {
	good := AppendHeader(nil, Header{Apply: ApplyVersion})
	newer := bytes.Clone(good)
	newer[1] = ApplyVersion + 1
	format := bytes.Clone(good)
	format[0] = 9
	many := AppendHeader(nil, Header{Apply: ApplyVersion, Count: 5})
	for name, body := range map[string][]byte{
		"empty": nil, "cut": good[:len(good)-1], "newer rules": newer, "other format": format, "more commands than bytes": many,
	} {
		if _, _, err := ParseHeader(body); !errors.Is(err, ErrFormat) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, _, err := NextEntry([]byte{5, 'a'}); !errors.Is(err, ErrFormat) {
		t.Errorf("cut entry: %v", err)
	}
}
