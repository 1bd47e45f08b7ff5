package command

import "testing"

func TestARoomKeepsWhatIsNotLarge(t *testing.T) {
	var r Room
	r.Keep(make([]Row, 3, mostRoomRows), make([]byte, 3, mostRoomBytes))
	if cap(r.Rows) != mostRoomRows || cap(r.Bytes) != mostRoomBytes {
		t.Errorf("%d rows, %d bytes are kept", cap(r.Rows), cap(r.Bytes))
	}
	rows := r.Rows
	rows[2].Item = []byte("another page's memory")
	r.Keep(rows[:1], r.Bytes)
	if r.Clear(); rows[2].Item != nil || len(r.Rows)+len(r.Bytes) != 0 || cap(r.Rows) == 0 || cap(r.Bytes) == 0 {
		t.Errorf("%q is held on to; %d rows, %d bytes", rows[2].Item, cap(r.Rows), cap(r.Bytes))
	}
	r.Keep(make([]Row, 0, mostRoomRows+1), make([]byte, 0, mostRoomBytes+1))
	if r.Rows != nil || r.Bytes != nil {
		t.Errorf("%d rows, %d bytes are kept", cap(r.Rows), cap(r.Bytes))
	}
	r.Clear()
}
