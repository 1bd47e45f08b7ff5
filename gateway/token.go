package gateway

import (
	"net/http"
	"strings"

	"shvm-db/internal/fault"
)

// checkToken refuses a request whose credentials are missing or garbled, as
// the service does; which key it is, and its signature, do not matter.
func checkToken(r *http.Request) error {
	header := r.Header.Get("Authorization")
	query := r.URL.RawQuery != "" && r.URL.Query().Has("X-Amz-Algorithm")
	switch {
	case header != "" && query:
		return fault.InvalidSignature("Found both 'X-Amz-Algorithm' as a query-string param and 'Authorization' as HTTP header.")
	case query:
		return checkQueryToken(r)
	case !strings.HasPrefix(header, "AWS4-"):
		return fault.MissingToken()
	}
	_, rest, _ := strings.Cut(header, " ")
	var missing strings.Builder
	for _, name := range [...]string{"Credential", "Signature", "SignedHeaders"} {
		if !hasParameter(rest, name) {
			missing.WriteString("Authorization header requires '" + name + "' parameter. ")
		}
	}
	if r.Header.Get("X-Amz-Date") == "" && r.Header.Get("Date") == "" {
		missing.WriteString("Authorization header requires existence of either a 'X-Amz-Date' or a 'Date' header. ")
	}
	if missing.Len() > 0 {
		return fault.IncompleteSignature(missing.String() + "Authorization=" + header)
	}
	return nil
}

// hasParameter says whether a list like "Credential=a, Signature=b" has a
// parameter with a value.
func hasParameter(list, name string) bool {
	for part := range strings.SplitSeq(list, ",") {
		key, value, _ := strings.Cut(strings.TrimSpace(part), "=")
		if key == name && value != "" {
			return true
		}
	}
	return false
}

func checkQueryToken(r *http.Request) error {
	query := r.URL.Query()
	var missing strings.Builder
	for _, name := range [...]string{"X-Amz-Algorithm", "X-Amz-Credential", "X-Amz-Signature", "X-Amz-SignedHeaders", "X-Amz-Date"} {
		if query.Get(name) == "" {
			missing.WriteString("AWS query-string parameters must include '" + name + "'. ")
		}
	}
	if missing.Len() > 0 {
		return fault.IncompleteSignature(missing.String() + "Re-examine the query-string parameters.")
	}
	return nil
}
