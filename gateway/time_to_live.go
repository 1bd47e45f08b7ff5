package gateway

import (
	"context"

	"shvm-db/internal/catalog"
	"shvm-db/internal/fault"
)

// updateTimeToLive turns time to live on or off: the table's partitions learn
// of it before the answer.
func updateTimeToLive(g *Gateway, ctx context.Context, r *Request, dst []byte) ([]byte, error) {
	var f struct {
		TimeToLiveSpecification struct {
			Enabled       bool
			AttributeName string
		}
	}
	fill(r.Body, &f)
	spec := f.TimeToLiveSpecification
	t, err := g.changeNamed(ctx, r, func(t *catalog.Table) error {
		if err := notBusy(t); err != nil {
			return err
		}
		switch {
		case spec.Enabled && t.TTL == spec.AttributeName:
			return fault.TimeToLiveOn()
		case !spec.Enabled && t.TTL == "":
			return fault.TimeToLiveOff()
		case t.TTL != "" && t.TTL != spec.AttributeName:
			return fault.TimeToLiveElsewhere(t.TTL)
		case spec.Enabled:
			t.TTL = spec.AttributeName
		default:
			t.TTL = ""
		}
		t.TTLChanged = r.Stamp()
		return nil
	})
	if err != nil {
		return nil, err
	}
	if err := g.settle(ctx, t.Name, t.ID); err != nil {
		g.later(t.Name, t.ID, firstRetry)
		return nil, err
	}
	return encode(dst, struct {
		TimeToLiveSpecification struct {
			AttributeName string
			Enabled       bool
		}
	}{struct {
		AttributeName string
		Enabled       bool
	}{spec.AttributeName, spec.Enabled}})
}

// describeTimeToLive tells whether it is on, and of which attribute.
func describeTimeToLive(g *Gateway, _ context.Context, r *Request, dst []byte) ([]byte, error) {
	t, err := g.named(r)
	if err != nil {
		return nil, err
	}
	type description struct {
		AttributeName    string `json:",omitempty"`
		TimeToLiveStatus string
	}
	d := description{t.TTL, "ENABLED"}
	changing := r.Stamp() < t.TTLChanged+g.StatusDelay.Milliseconds()
	switch {
	case t.TTL == "" && changing:
		d.TimeToLiveStatus = "DISABLING"
	case t.TTL == "":
		d.TimeToLiveStatus = "DISABLED"
	case changing:
		d.TimeToLiveStatus = "ENABLING"
	}
	return encode(dst, struct{ TimeToLiveDescription description }{d})
}
