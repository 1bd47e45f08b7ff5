package main

import (
	"fmt"
	"strings"
)

// banner is what a person sees first: where the node is, what it promises,
// and what to do next. It stays under 12 lines.
func banner(p *Program) string {
	endpoint := p.URL()
	var b strings.Builder
	fmt.Fprintf(&b, "shvm-db %s\n", version)
	fmt.Fprintf(&b, "  endpoint    %s\n", endpoint)
	fmt.Fprintf(&b, "  data        %s\n", p.DataPath())
	fmt.Fprintf(&b, "  durability  %s\n", p.Config.Durability.promise())
	fmt.Fprintf(&b, "\n  export AWS_ENDPOINT_URL_DYNAMODB=%s AWS_ENDPOINT_URL_DYNAMODB_STREAMS=%s\n", endpoint, endpoint)
	fmt.Fprintf(&b, "  export AWS_REGION=local AWS_ACCESS_KEY_ID=any AWS_SECRET_ACCESS_KEY=any\n")
	fmt.Fprintf(&b, "\nTry: aws dynamodb list-tables     Stop: Ctrl-C\n")
	return b.String()
}
