package store

import (
	"strings"

	"shvm-db/internal/command"
)

// pageKind names the statement that reads a page.
type pageKind struct {
	index   string
	to      bool
	reverse bool
}

func (k pageKind) text() string {
	var b strings.Builder
	b.WriteString("SELECT ")
	if k.index == "" {
		b.WriteString("x.k, x.item, x.size FROM items x INDEXED BY items_k")
	} else {
		// CROSS JOIN keeps the order of the two: SQLite would rather scan the
		// items of a small file.
		b.WriteString("x.k, i.item, i.size FROM " + quote(localTable(k.index)) + " x CROSS JOIN items i ON i.id=x.id")
	}
	b.WriteString(" WHERE x.k>=?")
	if k.to {
		b.WriteString(" AND x.k<?")
	}
	b.WriteString(" ORDER BY x.k")
	if k.reverse {
		b.WriteString(" DESC")
	}
	return b.String()
}

// leastRoom and mostRoom are the bytes that rows of a page get at a time: what
// ten small items need, and what still is no burden if one of them is kept.
const leastRoom, mostRoom = 4 << 10, command.PageBytes

// Page reads items in the order of the table's or of a local index's keys. The
// rows belong to the caller, or are in the memory that the Range brings.
func (s *Store) Page(r command.Range) (command.Page, error) {
	var page command.Page
	kind := pageKind{r.Index, r.To != nil, r.Reverse}
	q := s.pages[kind]
	if q == nil {
		var err error
		if q, err = s.c.prepare(kind.text()); err != nil {
			return page, err
		}
		s.pages[kind] = q
	}
	if err := s.c.room(len(r.From) + len(r.To)); err != nil {
		return page, err
	}
	q.blob(1, r.From)
	if r.To != nil {
		q.blob(2, r.To)
	}
	defer q.reset()
	bytes := 0
	var mem []byte // rows lie in it one after the other
	if r.Memory != nil {
		page.Rows, mem = r.Memory.Rows[:0], r.Memory.Bytes[:0]
		defer func() { r.Memory.Keep(page.Rows, mem) }()
	}
	for {
		ok, err := q.step()
		if err != nil {
			return command.Page{}, err
		}
		if !ok {
			return page, nil
		}
		k, item := q.bytes(0), q.bytes(1)
		if n := len(k) + len(item); n > cap(mem)-len(mem) {
			room := min(max(2*cap(mem), leastRoom), mostRoom)
			if r.Limit > 0 {
				room = min(room, n*(r.Limit-len(page.Rows)))
			}
			mem = make([]byte, 0, max(n, room))
			if cap(page.Rows) == 0 {
				page.Rows = make([]command.Row, 0, min(cap(mem)/n, 16))
			}
		}
		from := len(mem)
		mem = append(append(mem, k...), item...)
		to := from + len(k)
		row := command.Row{Key: mem[from:to:to], Item: mem[to:len(mem):len(mem)], Size: int(q.int64(2))}
		page.Rows = append(page.Rows, row)
		bytes += row.Size
		if (r.Limit > 0 && len(page.Rows) >= r.Limit) || (r.Bytes > 0 && bytes >= r.Bytes) {
			page.More = true
			return page, nil
		}
	}
}
