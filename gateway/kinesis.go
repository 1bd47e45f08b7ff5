package gateway

import (
	"context"
	"slices"

	"shvm-db/internal/catalog"
	"shvm-db/internal/fault"
)

// There is no Kinesis here: a destination that is asked for is kept, and told
// as one that could not be reached, which is how the service tells of a stream
// that does not exist.

type destinationForm struct {
	StreamArn                           string
	EnableKinesisStreamingConfiguration *struct {
		ApproximateCreationDateTimePrecision string
	}
	UpdateKinesisStreamingConfiguration *struct {
		ApproximateCreationDateTimePrecision string
	}
}

func enableKinesis(g *Gateway, ctx context.Context, r *Request, dst []byte) ([]byte, error) {
	var f destinationForm
	fill(r.Body, &f)
	d := catalog.Destination{ARN: f.StreamArn, Status: "ENABLE_FAILED", Precision: "MILLISECOND"}
	if c := f.EnableKinesisStreamingConfiguration; c != nil && c.ApproximateCreationDateTimePrecision != "" {
		d.Precision = c.ApproximateCreationDateTimePrecision
	}
	t, err := g.changeNamed(ctx, r, func(t *catalog.Table) error {
		t.Kinesis = slices.DeleteFunc(t.Kinesis, func(old catalog.Destination) bool { return old.ARN == d.ARN })
		t.Kinesis = append(t.Kinesis, d)
		return nil
	})
	if err != nil {
		return nil, err
	}
	return appendDestination(dst, t, d.ARN, "ENABLING")
}

func disableKinesis(g *Gateway, ctx context.Context, r *Request, dst []byte) ([]byte, error) {
	var f destinationForm
	fill(r.Body, &f)
	t, err := g.changeNamed(ctx, r, func(t *catalog.Table) error {
		d := destination(t, f.StreamArn)
		if d == nil || d.Status == "DISABLED" {
			return fault.ResourceNotFound("Kinesis streaming destination: " + f.StreamArn + " not found")
		}
		d.Status = "DISABLED"
		return nil
	})
	if err != nil {
		return nil, err
	}
	return appendDestination(dst, t, f.StreamArn, "DISABLING")
}

// updateKinesis has nothing to change: no destination is ever active.
func updateKinesis(g *Gateway, _ context.Context, r *Request, _ []byte) ([]byte, error) {
	if _, err := g.named(r); err != nil {
		return nil, err
	}
	return nil, fault.ResourceNotFound("Active Kinesis streaming destination: " + text(r.Body, "StreamArn") + " not found")
}

func describeKinesis(g *Gateway, _ context.Context, r *Request, dst []byte) ([]byte, error) {
	t, err := g.named(r)
	if err != nil {
		return nil, err
	}
	type one struct {
		ApproximateCreationDateTimePrecision string `json:",omitempty"`
		DestinationStatus                    string
		DestinationStatusDescription         string `json:",omitempty"`
		StreamArn                            string
	}
	answer := struct {
		KinesisDataStreamDestinations []one
		TableName                     string
	}{[]one{}, t.Name}
	for _, d := range t.Kinesis {
		o := one{ApproximateCreationDateTimePrecision: d.Precision, DestinationStatus: d.Status, StreamArn: d.ARN}
		if d.Status == "ENABLE_FAILED" {
			o.DestinationStatusDescription = "The Kinesis data stream cannot be reached"
		}
		answer.KinesisDataStreamDestinations = append(answer.KinesisDataStreamDestinations, o)
	}
	return encode(dst, answer)
}

func destination(t *catalog.Table, arn string) *catalog.Destination {
	for i := range t.Kinesis {
		if t.Kinesis[i].ARN == arn {
			return &t.Kinesis[i]
		}
	}
	return nil
}

func appendDestination(dst []byte, t *catalog.Table, arn, status string) ([]byte, error) {
	return encode(dst, struct{ DestinationStatus, StreamArn, TableName string }{status, arn, t.Name})
}
