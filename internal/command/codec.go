package command

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"strconv"

	"shvm-db/internal/catalog"
	"shvm-db/internal/expr"
	"shvm-db/internal/item"
)

// The tags of a command's fields. They are in the journal: never change one.
const (
	tagKey       = 1
	tagKeyItem   = 2
	tagItem      = 3
	tagCondition = 4
	tagUpdate    = 5
	tagFlags     = 6
	tagSchema    = 7
	tagTransact  = 8
	tagFeed      = 16
	tagFill      = 17
	tagExpires   = 18
)

const (
	flagOldImage = 1 << iota
	flagNewImage
	flagOldOnFailure
	flagsKnown = flagOldImage | flagNewImage | flagOldOnFailure
)

// jsonRoom is what JSON adds to the size of an attribute, mostly: {"S":""}, the
// quotes of the name, a colon and a comma.
const jsonRoom = 12

// ItemJSON is the canonical JSON of a Put's item, as it is stored. It is made
// once and kept: the journal and the store both need it. Nobody may change it.
func (c *Command) ItemJSON() []byte {
	if c.stored == nil && c.Item != nil {
		c.stored = item.AppendJSON(make([]byte, 0, c.ItemSize()+jsonRoom*(len(c.Item)+1)), c.Item)
	}
	return c.stored
}

// ItemSize is the size of a Put's item in bytes. It is counted once.
func (c *Command) ItemSize() int {
	if c.size == 0 {
		c.size = item.Size(c.Item)
	}
	return c.size
}

// Append appends the byte form of a command, drawn in docs/FORMATS.md.
func Append(dst []byte, c *Command) []byte {
	dst = append(dst, byte(c.Op))
	dst = binary.AppendUvarint(dst, uint64(c.Partition))
	dst = binary.AppendVarint(dst, c.Stamp)
	dst = binary.AppendVarint(dst, c.NotAfter-c.Stamp)
	if c.Key != nil {
		dst = appendField(dst, tagKey, c.Key)
	}
	if c.KeyItem != nil {
		dst = appendField(dst, tagKeyItem, item.AppendJSON(nil, c.KeyItem))
	}
	if c.Item != nil {
		dst = appendField(dst, tagItem, c.ItemJSON())
	}
	if c.Condition != nil {
		dst = appendField(dst, tagCondition, appendSource(nil, c.Condition.Source()))
	}
	if c.Update != nil {
		dst = appendField(dst, tagUpdate, appendSource(nil, c.Update.Source()))
	}
	flags := uint64(c.Want)
	if c.OldOnFailure {
		flags |= flagOldOnFailure
	}
	if flags != 0 {
		dst = appendField(dst, tagFlags, binary.AppendUvarint(nil, flags))
	}
	if c.Schema != nil {
		text, err := json.Marshal(c.Schema)
		if err != nil {
			// A schema is strings, numbers and slices of them: it always marshals.
			panic(err)
		}
		dst = appendField(dst, tagSchema, text)
	}
	if c.Transaction != nil {
		dst = appendField(dst, tagTransact, AppendTransaction(nil, c.Transaction))
	}
	if c.Feed != nil {
		dst = appendField(dst, tagFeed, AppendEntries(nil, c.Feed))
	}
	if c.Fill != nil {
		dst = appendField(dst, tagFill, AppendWalk(nil, c.Fill))
	}
	if c.Expires != 0 {
		dst = appendField(dst, tagExpires, binary.AppendVarint(nil, c.Expires))
	}
	return dst
}

func appendField(dst []byte, tag byte, value []byte) []byte {
	dst = append(dst, tag)
	dst = binary.AppendUvarint(dst, uint64(len(value)))
	return append(dst, value...)
}

// PartitionOf reads only the partition of an encoded command.
func PartitionOf(encoded []byte) (catalog.PartitionID, error) {
	if len(encoded) == 0 {
		return 0, fmt.Errorf("%w: an empty command", ErrFormat)
	}
	id, n := binary.Uvarint(encoded[1:])
	if n <= 0 {
		return 0, fmt.Errorf("%w: a command without partition", ErrFormat)
	}
	return catalog.PartitionID(id), nil
}

// Decode reads one command, which must be all of encoded. The result aliases
// encoded, which must not change afterwards. A command with an op or a field
// that this program does not know is an error: guessing at it would make
// another state than the program that wrote it.
func Decode(encoded []byte) (*Command, error) {
	r := reader{rest: encoded}
	c := &Command{Op: Op(r.byte())}
	c.Partition = catalog.PartitionID(r.uvarint())
	c.Stamp = r.varint()
	c.NotAfter = c.Stamp + r.varint()
	if !r.bad && !c.Op.known() {
		return nil, fmt.Errorf("%w: op %d", ErrFormat, c.Op)
	}
	last := byte(0)
	for len(r.rest) > 0 {
		tag := r.byte()
		value := r.bytes()
		if r.bad {
			break
		}
		if tag <= last {
			return nil, fmt.Errorf("%w: field %d after field %d", ErrFormat, tag, last)
		}
		last = tag
		if err := c.decodeField(tag, value); err != nil {
			return nil, fmt.Errorf("%w: field %d: %w", ErrFormat, tag, err)
		}
	}
	return c, r.end()
}

func (o Op) known() bool { return o >= Put && o <= Settle || o >= Feed && o <= Trim }

func (c *Command) decodeField(tag byte, value []byte) (err error) {
	switch tag {
	case tagKey:
		c.Key = value
	case tagKeyItem:
		c.KeyItem, err = decodeMap(value)
	case tagItem:
		c.stored = value
		c.Item, err = decodeMap(value)
	case tagCondition:
		var s expr.Source
		if s, err = decodeSource(value); err == nil {
			c.Condition, err = expr.ParseStoredCondition(s)
		}
	case tagUpdate:
		var s expr.Source
		if s, err = decodeSource(value); err == nil {
			c.Update, err = expr.ParseStoredUpdate(s)
		}
	case tagFlags:
		r := reader{rest: value}
		flags := r.uvarint()
		if err = r.end(); err == nil && flags&^flagsKnown != 0 {
			err = fmt.Errorf("flags %x", flags)
		}
		c.Want = Images(flags & (flagOldImage | flagNewImage))
		c.OldOnFailure = flags&flagOldOnFailure != 0
	case tagSchema:
		c.Schema = new(catalog.Schema)
		dec := json.NewDecoder(bytes.NewReader(value))
		dec.DisallowUnknownFields()
		err = dec.Decode(c.Schema)
	case tagTransact:
		c.Transaction, err = DecodeTransaction(value)
	case tagFeed:
		c.Feed, err = DecodeEntries(value)
	case tagFill:
		c.Fill, err = DecodeWalk(value)
	case tagExpires:
		r := reader{rest: value}
		c.Expires = r.varint()
		err = r.end()
	default:
		err = fmt.Errorf("unknown")
	}
	return err
}

// decodeMap keeps an empty map apart from no map.
func decodeMap(text []byte) (item.Map, error) {
	m, err := item.Decode(text)
	if err == nil && m == nil {
		m = item.Map{}
	}
	return m, err
}

// appendSource appends the text of an expression with its placeholders. Equal
// sources have equal bytes.
func appendSource(dst []byte, s expr.Source) []byte {
	dst = appendBytes(dst, []byte(s.Text))
	dst = binary.AppendUvarint(dst, uint64(len(s.Names)))
	for _, name := range s.Names {
		dst = appendBytes(dst, []byte(name))
	}
	if len(s.Values) == 0 {
		return dst
	}
	values := make(item.Map, len(s.Values))
	for i, v := range s.Values {
		values[i] = item.Attr{Name: strconv.Itoa(i), Value: v}
	}
	return item.AppendJSON(dst, values)
}

func decodeSource(value []byte) (expr.Source, error) {
	r := reader{rest: value}
	s := expr.Source{Text: string(r.bytes())}
	n := r.uvarint()
	if n > uint64(len(value)) {
		return s, fmt.Errorf("%d names in %d bytes", n, len(r.rest))
	}
	for range n {
		s.Names = append(s.Names, string(r.bytes()))
	}
	if r.bad {
		return s, r.end()
	}
	if len(r.rest) > 0 {
		m, err := item.Decode(r.rest)
		if err != nil {
			return s, err
		}
		for _, a := range m {
			s.Values = append(s.Values, a.Value)
		}
	}
	return s, nil
}

func (r *reader) byte() byte {
	if len(r.rest) == 0 {
		r.fail()
		return 0
	}
	b := r.rest[0]
	r.rest = r.rest[1:]
	return b
}

// Batch is a decoded message of the journal.
type Batch struct {
	Header
	Commands []*Command
}

// AppendBatch appends a whole batch; h.Count is taken from commands.
func AppendBatch(dst []byte, h Header, commands []*Command) []byte {
	h.Count = len(commands)
	dst = AppendHeader(dst, h)
	var scratch []byte
	for _, c := range commands {
		scratch = Append(scratch[:0], c)
		dst = AppendEntry(dst, scratch)
	}
	return dst
}

// DecodeBatch reads a whole batch. The commands alias body, which must not
// change afterwards.
func DecodeBatch(body []byte) (*Batch, error) {
	h, entries, err := ParseHeader(body)
	if err != nil {
		return nil, err
	}
	b := &Batch{Header: h, Commands: make([]*Command, 0, h.Count)}
	for range h.Count {
		var encoded []byte
		if encoded, entries, err = NextEntry(entries); err != nil {
			return nil, err
		}
		c, err := Decode(encoded)
		if err != nil {
			return nil, err
		}
		b.Commands = append(b.Commands, c)
	}
	if len(entries) != 0 {
		return nil, fmt.Errorf("%w: %d bytes after the last command", ErrFormat, len(entries))
	}
	return b, nil
}
