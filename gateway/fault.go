package gateway

import (
	"shvm-db/internal/api"
	"shvm-db/internal/fault"
)

// appendFault appends the body of an answer other than 200.
func appendFault(dst []byte, f *fault.Error) []byte {
	dst = append(dst, `{"__type":"`...)
	dst = append(dst, f.Namespace...)
	dst = append(dst, '#')
	dst = append(dst, f.Type...)
	dst = append(dst, '"')
	if len(f.Reasons) > 0 {
		dst = append(dst, `,"CancellationReasons":[`...)
		for i, r := range f.Reasons {
			if i > 0 {
				dst = append(dst, ',')
			}
			dst = appendReason(dst, r)
		}
		dst = append(dst, ']')
	}
	switch {
	case f.Message == "":
	case f.Capital, len(f.Reasons) > 0:
		dst = api.AppendString(append(dst, `,"Message":`...), f.Message)
	default:
		dst = api.AppendString(append(dst, `,"message":`...), f.Message)
	}
	if f.Item != nil {
		dst = append(append(dst, `,"Item":`...), f.Item...)
	}
	if len(f.Throttling) > 0 {
		// The two exceptions spell the member differently.
		member := `,"ThrottlingReasons":[`
		if f.Type == "ThrottlingException" {
			member = `,"throttlingReasons":[`
		}
		dst = append(dst, member...)
		for i, t := range f.Throttling {
			if i > 0 {
				dst = append(dst, ',')
			}
			dst = api.AppendString(append(dst, `{"reason":`...), t.Reason)
			dst = api.AppendString(append(dst, `,"resource":`...), t.Resource)
			dst = append(dst, '}')
		}
		dst = append(dst, ']')
	}
	return append(dst, '}')
}

func appendReason(dst []byte, r fault.Reason) []byte {
	dst = api.AppendString(append(dst, `{"Code":`...), r.Code)
	if r.Message != "" {
		dst = api.AppendString(append(dst, `,"Message":`...), r.Message)
	}
	if r.Item != nil {
		dst = append(append(dst, `,"Item":`...), r.Item...)
	}
	return append(dst, '}')
}
