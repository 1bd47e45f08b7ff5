package gateway

import (
	"context"
	"encoding/binary"
	"encoding/json"
	"strconv"

	"github.com/google/uuid"

	"shvm-db/internal/catalog"
	"shvm-db/internal/fault"
)

// Resource policies are kept and told, and never enforced: there are no
// identities to hold them against. Only tables have them, not streams.

// noPolicy is the revision that is expected where there must be none yet.
const noPolicy = "NO_POLICY"

// newPolicy makes a policy of its text, with a revision of its own: a number in
// decimal, as the service's are.
func newPolicy(text string) (*catalog.Policy, error) {
	var object map[string]any
	if json.Unmarshal([]byte(text), &object) != nil {
		return nil, fault.PolicyInvalid()
	}
	id := uuid.New()
	return &catalog.Policy{Text: text, Revision: strconv.FormatUint(binary.BigEndian.Uint64(id[:8]), 10)}, nil
}

type revisionForm struct {
	Policy             string
	ExpectedRevisionId *string
}

// checkRevision holds the policy against the revision that a request expects.
func checkRevision(t *catalog.Table, f *revisionForm) error {
	switch expected := f.ExpectedRevisionId; {
	case expected == nil:
		return nil
	case t.Policy == nil && *expected == noPolicy:
		return nil
	case t.Policy != nil && *expected == t.Policy.Revision:
		return nil
	}
	return fault.PolicyRevision(t.ARN())
}

// putPolicy attaches a policy to a table.
func putPolicy(g *Gateway, ctx context.Context, r *Request, dst []byte) ([]byte, error) {
	var f revisionForm
	fill(r.Body, &f)
	policy, err := newPolicy(f.Policy)
	if err != nil {
		return nil, err
	}
	err = g.changeResource(ctx, r, func(t *catalog.Table) error {
		if err := checkRevision(t, &f); err != nil {
			return err
		}
		t.Policy = policy
		return nil
	})
	if err != nil {
		return nil, err
	}
	return encode(dst, struct{ RevisionId string }{policy.Revision})
}

// getPolicy tells the policy of a table.
func getPolicy(g *Gateway, _ context.Context, r *Request, dst []byte) ([]byte, error) {
	t, err := g.resource(r)
	if err != nil {
		return nil, err
	}
	if t.Policy == nil {
		return nil, fault.PolicyNotFound(t.ARN())
	}
	return encode(dst, struct{ Policy, RevisionId string }{t.Policy.Text, t.Policy.Revision})
}

// deletePolicy takes the policy of a table away. It is no error if there is
// none.
func deletePolicy(g *Gateway, ctx context.Context, r *Request, dst []byte) ([]byte, error) {
	var f revisionForm
	fill(r.Body, &f)
	var answer struct {
		RevisionId string `json:",omitempty"`
	}
	err := g.changeResource(ctx, r, func(t *catalog.Table) error {
		if err := checkRevision(t, &f); err != nil {
			return err
		}
		if t.Policy != nil {
			answer.RevisionId, t.Policy = t.Policy.Revision, nil
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return encode(dst, answer)
}
