package command

import "testing"

func TestMemoryOfPagesIsKeptIfItIsNotLarge(t *testing.T) {
	var m PageMemory
	m.Keep(make([]Row, 3, keptRows), make([]byte, 3, PageBytes))
	if cap(m.Rows) != keptRows || cap(m.Bytes) != PageBytes {
		t.Errorf("%d rows, %d bytes are kept", cap(m.Rows), cap(m.Bytes))
	}
	rows := m.Rows
	rows[2].Item = []byte("a piece of memory")
	m.Keep(rows[:1], m.Bytes) // a shorter page of the same reading
	if m.Clear(); rows[2].Item != nil || len(m.Rows)+len(m.Bytes) != 0 || cap(m.Rows) == 0 || cap(m.Bytes) == 0 {
		t.Errorf("%q is held on to; %d rows, %d bytes", rows[2].Item, cap(m.Rows), cap(m.Bytes))
	}
	m.Keep(make([]Row, 0, keptRows+1), make([]byte, 0, PageBytes+1))
	if m.Rows != nil || m.Bytes != nil {
		t.Errorf("%d rows, %d bytes are kept", cap(m.Rows), cap(m.Bytes))
	}
	m.Clear()
}
