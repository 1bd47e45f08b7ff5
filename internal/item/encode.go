package item

import (
	"encoding/base64"
	"unsafe"
)

// AppendJSON appends an item as the service writes it and as it is stored:
// {"name":{"S":"…"}}, in the order of the Map, without white space, with no
// more escapes than JSON asks for.
func AppendJSON(dst []byte, m Map) []byte {
	dst = append(dst, '{')
	for i := range m {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = AppendString(dst, m[i].Name)
		dst = append(dst, ':')
		dst = AppendValueJSON(dst, m[i].Value)
	}
	return append(dst, '}')
}

// AppendValueJSON appends one attribute value: {"S":"…"}.
func AppendValueJSON(dst []byte, v Value) []byte {
	switch v.Kind {
	case S:
		dst = append(dst, `{"S":`...)
		dst = AppendString(dst, v.Text)
	case N:
		dst = append(dst, `{"N":"`...)
		dst = append(dst, v.Text...)
		dst = append(dst, '"')
	case B:
		dst = append(dst, `{"B":`...)
		dst = appendBytes(dst, v.Text)
	case BOOL:
		if v.Bool {
			return append(dst, `{"BOOL":true}`...)
		}
		return append(dst, `{"BOOL":false}`...)
	case NULL:
		return append(dst, `{"NULL":true}`...)
	case M:
		dst = append(dst, `{"M":`...)
		dst = AppendJSON(dst, v.Map)
	case L:
		dst = append(dst, `{"L":[`...)
		for i := range v.List {
			if i > 0 {
				dst = append(dst, ',')
			}
			dst = AppendValueJSON(dst, v.List[i])
		}
		dst = append(dst, ']')
	case SS, NS, BS:
		dst = append(dst, '{', '"')
		dst = append(dst, v.Kind.String()...)
		dst = append(dst, `":[`...)
		for i, e := range v.Set {
			if i > 0 {
				dst = append(dst, ',')
			}
			if v.Kind == BS {
				dst = appendBytes(dst, e)
			} else {
				dst = AppendString(dst, e)
			}
		}
		dst = append(dst, ']')
	default:
		panic("item: a value without a type")
	}
	return append(dst, '}')
}

func appendBytes(dst []byte, raw string) []byte {
	dst = append(dst, '"')
	dst = base64.StdEncoding.AppendEncode(dst, unsafe.Slice(unsafe.StringData(raw), len(raw)))
	return append(dst, '"')
}

// AppendString appends a text as a JSON string.
func AppendString(dst []byte, s string) []byte {
	dst = append(dst, '"')
	from := 0
	for i := 0; i < len(s); i++ {
		c := s[i]
		if c >= 0x20 && c != '"' && c != '\\' {
			continue
		}
		dst = append(dst, s[from:i]...)
		from = i + 1
		switch c {
		case '"', '\\':
			dst = append(dst, '\\', c)
		case '\b':
			dst = append(dst, '\\', 'b')
		case '\f':
			dst = append(dst, '\\', 'f')
		case '\n':
			dst = append(dst, '\\', 'n')
		case '\r':
			dst = append(dst, '\\', 'r')
		case '\t':
			dst = append(dst, '\\', 't')
		default:
			const hex = "0123456789abcdef"
			dst = append(dst, '\\', 'u', '0', '0', hex[c>>4], hex[c&15])
		}
	}
	dst = append(dst, s[from:]...)
	return append(dst, '"')
}
