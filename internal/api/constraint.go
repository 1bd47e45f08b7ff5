package api

import (
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"shvm-db/internal/fault"
	"shvm-db/internal/jsonscan"
)

// checker gathers what is wrong with the members of one request.
type checker struct {
	operation string
	// plain: lengths and ranges are told without the value (see newStyle).
	plain bool
	// name is what is wrong with the table's name.
	name   []string
	wrongs []string
}

// mostWrongs is where the service stops counting.
const mostWrongs = 10

// input checks a whole request.
func (c *checker) input(s *shape, v jsonscan.Value) *fault.Error {
	if i := memberIndex(s, "TableName"); i >= 0 && shapes[s.members[i].shape].name == "TableArn" {
		if f := c.table(s.members[i].required, field(v, "TableName")); f != nil {
			return f
		}
	}
	if f := c.special(v); f != nil {
		return f
	}
	c.structure(s, v, "")
	return c.fault()
}

func (c *checker) fault() *fault.Error {
	switch n := len(c.wrongs); n {
	case 0:
		return nil
	case 1:
		return fault.Validation("1 validation error detected: " + c.wrongs[0])
	default:
		return fault.Validation(fmt.Sprintf("%d validation errors detected: %s", n, strings.Join(c.wrongs, "; ")))
	}
}

// special are requests that are refused for one thing before all others.
func (c *checker) special(v jsonscan.Value) *fault.Error {
	switch c.operation {
	case "BatchWriteItem":
		if items := field(v, "RequestItems"); items.Kind() != jsonscan.Null && items.Len() == 0 {
			return fault.Validation("The requestItems parameter is required for BatchWriteItem")
		}
	case "UpdateItem":
		if wrongReturnValues(v) {
			return fault.Validation("1 validation error detected: " + returnValues)
		}
	}
	return nil
}

func wrongReturnValues(v jsonscan.Value) bool {
	asked := field(v, "ReturnValues")
	return asked.Kind() != jsonscan.Null &&
		!slices.Contains(shapes[shapeReturnValue].enum, asked.Str())
}

var shapeReturnValue = shapeIndex("ReturnValue")

// table checks the name of the table, which may be an ARN: an empty or short
// one is told alone.
func (c *checker) table(required bool, v jsonscan.Value) *fault.Error {
	item := newStyle[c.operation]
	if v.Kind() == jsonscan.Null {
		if !required || item {
			return nil // told with the rest
		}
		return fault.Validation("The parameter 'TableName' is required but was not present in the request")
	}
	name := v.Str()
	if isARN(name) {
		return nil
	}
	least := 1
	if c.operation == "CreateTable" {
		least = 3
	}
	if name == "" && item {
		return fault.Validation("1 validation error detected: Value at 'TableName' failed to satisfy constraint: " +
			"Member must have length greater than or equal to 1")
	}
	alone, text := checker{operation: c.operation}, &shape{kind: stringKind}
	if name != "" && !isName(name) {
		alone.wrong(text, v, "tableName", "Member must satisfy regular expression pattern: "+namePattern)
	}
	if utf16Length(name) < least {
		alone.wrong(text, v, "tableName", fmt.Sprintf("Member must have length greater than or equal to %d", least))
		return alone.fault()
	}
	if utf16Length(name) > 255 {
		alone.wrong(text, v, "tableName", "Member must have length less than or equal to 255")
	}
	c.name = alone.wrongs
	return nil
}

// field is a member of an object; null if it is absent.
func field(v jsonscan.Value, name string) jsonscan.Value {
	f, _ := v.Field(name)
	return f
}

// mostMembers is how many members a structure of the model may have.
const mostMembers = 32

// structure checks the members of a structure in the order of the messages.
func (c *checker) structure(s *shape, v jsonscan.Value, path string) {
	var found [mostMembers]jsonscan.Value
	for cursor := v.Cursor(); cursor.Next(); {
		if i := memberIndex(s, cursor.Name()); i >= 0 {
			found[i] = cursor.Value()
		}
	}
	for _, i := range s.order {
		m := &s.members[i]
		ms := &shapes[m.shape]
		value := found[i]
		if path == "" && m.name == "TableName" {
			for _, wrong := range c.name {
				c.add(wrong)
			}
		}
		if ms.bare && !m.required {
			continue
		}
		if value.Kind() == jsonscan.Null {
			if m.required {
				c.wrong(ms, value, lowered(path, m.name), "Member must not be null")
			}
			continue
		}
		if m.name == "ReturnValues" && ms.name == "ReturnValue" {
			if wrongReturnValues(v) {
				c.add(returnValues)
			}
			continue
		}
		if !ms.bare {
			c.value(ms, value, c.join(path, m.name))
		}
	}
}

func (c *checker) value(s *shape, v jsonscan.Value, path string) {
	switch s.kind {
	case structureKind:
		c.structure(s, v, path)
	case listKind:
		c.length(s, v, v.Len(), path)
		elem := &shapes[s.elem]
		switch {
		case elem.bare:
		case elem.kind == structureKind || elem.kind == listKind || elem.kind == mapKind:
			i := 0
			for e := range v.Elems() {
				i++
				c.value(elem, e, path+"."+strconv.Itoa(i)+".member")
			}
		default:
			for e := range v.Elems() {
				if !fits(elem, e) {
					c.wrong(s, v, path, "Member must satisfy constraint: "+demands(elem))
					break
				}
			}
		}
	case mapKind:
		c.length(s, v, v.Len(), path)
		c.entries(s, v, path)
	case stringKind:
		c.text(s, v, path)
	case integerKind, longKind, doubleKind:
		n := number(v)
		if s.hasMax && n > float64(s.max) {
			c.wrong(s, v, path, fmt.Sprintf("Member must have value less than or equal to %d", s.max))
		}
		if s.hasMin && n < float64(s.min) {
			c.wrong(s, v, path, fmt.Sprintf("Member must have value greater than or equal to %d", s.min))
		}
	}
}

// entries checks the keys and the values of a map.
func (c *checker) entries(s *shape, v jsonscan.Value, path string) {
	key, elem := &shapes[s.key], &shapes[s.elem]
	for name := range v.Members() {
		if key.name == "TableArn" && !isTable(name) {
			c.wrong(s, v, path, "Map keys must satisfy constraint: [Member must have length less than or equal to 255, "+
				"Member must have length greater than or equal to 1, Member must satisfy regular expression pattern: "+namePattern+"]")
			break
		}
	}
	switch {
	case elem.bare:
	case elem.kind == listKind && !c.plain:
		for name, e := range v.Members() {
			if n := int64(e.Len()); elem.hasMax && n > elem.max || elem.hasMin && n < elem.min {
				c.wrong(s, v, path, "Map value must satisfy constraint: "+demands(elem))
				break
			}
			c.value(elem, e, path+"."+name+".member")
		}
	default:
		for name, e := range v.Members() {
			c.value(elem, e, path+"."+name+".member")
		}
	}
}

// isTable says whether a text may name a table.
func isTable(name string) bool {
	return isARN(name) || isName(name) && len(name) <= 255
}

// isARN says whether a text is the Amazon resource name of a table, of whatever
// region and account, or of something that belongs to one.
func isARN(text string) bool {
	rest, ok := strings.CutPrefix(text, "arn:")
	if !ok {
		return false
	}
	_, rest, _ = strings.Cut(rest, ":") // the partition
	rest, ok = strings.CutPrefix(rest, "dynamodb:")
	_, rest, _ = strings.Cut(rest, ":") // the region
	_, rest, _ = strings.Cut(rest, ":") // the account
	name, table := strings.CutPrefix(rest, "table/")
	name, _, _ = strings.Cut(name, "/")
	return ok && table && isName(name) && 3 <= len(name) && len(name) <= 255
}

func (c *checker) text(s *shape, v jsonscan.Value, path string) {
	text := v.Str()
	if len(s.enum) > 0 && !slices.Contains(s.enum, text) {
		c.echo(s, v, path, "Member must satisfy enum value set: ["+strings.Join(s.enum, ", ")+"]")
	}
	if s.match != nil && !s.match(text) {
		c.echo(s, v, path, "Member must satisfy regular expression pattern: "+s.pattern)
	}
	c.length(s, v, utf16Length(text), path)
}

func (c *checker) length(s *shape, v jsonscan.Value, n int, path string) {
	if s.hasMax && int64(n) > s.max {
		c.wrong(s, v, path, fmt.Sprintf("Member must have length less than or equal to %d", s.max))
	}
	if s.hasMin && int64(n) < s.min {
		c.wrong(s, v, path, fmt.Sprintf("Member must have length greater than or equal to %d", s.min))
	}
}

// fits says whether a scalar satisfies its shape.
func fits(s *shape, v jsonscan.Value) bool {
	c := checker{}
	c.value(s, v, "")
	return len(c.wrongs) == 0
}

// demands lists the constraints of a shape as messages have them.
func demands(s *shape) string {
	var all []string
	if s.hasMax {
		all = append(all, fmt.Sprintf("Member must have length less than or equal to %d", s.max))
	}
	if s.hasMin {
		all = append(all, fmt.Sprintf("Member must have length greater than or equal to %d", s.min))
	}
	if s.pattern != "" {
		all = append(all, "Member must satisfy regular expression pattern: "+s.pattern)
	}
	if len(s.enum) > 0 {
		all = append(all, "Member must satisfy enum value set: ["+strings.Join(s.enum, ", ")+"]")
	}
	return "[" + strings.Join(all, ", ") + "]"
}

// wrong notes a failed constraint in the style of the operation.
func (c *checker) wrong(s *shape, v jsonscan.Value, path, demand string) {
	if c.plain && v.Kind() != jsonscan.Null {
		c.add("Value at '" + path + "' failed to satisfy constraint: " + demand)
		return
	}
	c.echo(s, v, path, demand)
}

// echo notes a failed constraint with the value as Java prints it.
func (c *checker) echo(s *shape, v jsonscan.Value, path, demand string) {
	value := "null"
	if v.Kind() != jsonscan.Null {
		value = "'" + java(s, v) + "'"
	}
	c.add("Value " + value + " at '" + lower(path) + "' failed to satisfy constraint: " + demand)
}

func (c *checker) add(wrong string) {
	if len(c.wrongs) < mostWrongs {
		c.wrongs = append(c.wrongs, wrong)
	}
}

// join makes the path of a member, in the spelling of the operation's style.
func (c *checker) join(path, name string) string {
	if c.plain {
		if path == "" {
			return name
		}
		return path + "." + name
	}
	return lowered(path, name)
}

func lowered(path, name string) string {
	name = lower(name)
	if path == "" {
		return name
	}
	return path + "." + name
}

func lower(name string) string {
	return strings.ToLower(name[:min(1, len(name))]) + name[min(1, len(name)):]
}

// number is a JSON number as Java makes it of an integer: what is behind the
// point is lost.
func number(v jsonscan.Value) float64 {
	n, _ := strconv.ParseFloat(v.Number(), 64) // too large is infinity, which is what is needed
	return math.Floor(n)
}

// utf16Length is the length of a text as Java counts it.
func utf16Length(s string) int {
	n := utf8.RuneCountInString(s)
	for _, r := range s {
		if r > 0xFFFF {
			n++
		}
	}
	return n
}
