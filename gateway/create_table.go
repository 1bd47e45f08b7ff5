package gateway

import (
	"context"
	"errors"
	"slices"

	"github.com/google/uuid"

	"shvm-db/internal/catalog"
	"shvm-db/internal/fault"
)

// createTable makes a table and its partitions.
func createTable(g *Gateway, ctx context.Context, r *Request, dst []byte) ([]byte, error) {
	var f createTableForm
	fill(r.Body, &f)
	t, err := newTable(&f)
	if err != nil {
		return nil, err
	}
	if _, taken := g.Registry.Table(t.Name); taken {
		return nil, fault.TableExists(t.Name)
	}
	t.ID, t.Created = uuid.NewString(), r.Stamp()
	if t.OnDemandBilling {
		t.BillingChanged = t.Created
	}
	if f.StreamSpecification != nil && f.StreamSpecification.StreamEnabled {
		t.StartStream(*f.StreamSpecification.StreamViewType, r.Time)
	}
	first, err := g.Registry.NewPartitions(ctx, g.Partitions*(1+len(t.Global)))
	if err != nil {
		return nil, err
	}
	t.Partitions = catalog.Ranges("", first, g.Partitions)
	for i := range t.Global {
		first += catalog.PartitionID(g.Partitions)
		t.Global[i].ID, t.Global[i].Status = first, "CREATING"
		t.Partitions = append(t.Partitions, catalog.Ranges(t.Global[i].Name, first, g.Partitions)...)
	}
	if err := g.Registry.Create(ctx, t); errors.Is(err, catalog.ErrTableExists) {
		return nil, fault.TableExists(t.Name)
	} else if err != nil {
		return nil, err
	}
	if err := g.change(ctx, t); err != nil {
		return nil, err
	}
	return encode(dst, struct{ TableDescription tableAnswer }{g.describe(t)})
}

// newTable checks a description and makes a table of it, without ids and
// partitions.
func newTable(f *createTableForm) (*catalog.Table, error) {
	t := &catalog.Table{Name: tableName(f.TableName), Status: "CREATING", Attributes: definitions(f.AttributeDefinitions)}
	if err := newBilling(t, f); err != nil {
		return nil, err
	}
	var err error
	if t.Key, err = tableKey(f.KeySchema, t.Attributes); err != nil {
		return nil, err
	}
	for i, a := range t.Attributes {
		if slices.ContainsFunc(t.Attributes[:i], func(b catalog.KeyAttr) bool { return a.Name == b.Name }) {
			return nil, fault.DefinedTwice(a.Name)
		}
	}
	taken := map[string]bool{}
	if f.LocalSecondaryIndexes != nil {
		if t.Local, err = localIndexes(*f.LocalSecondaryIndexes, t.Key, t.Attributes, taken); err != nil {
			return nil, err
		}
	}
	if f.GlobalSecondaryIndexes != nil {
		if t.Global, err = globalIndexes(*f.GlobalSecondaryIndexes, t.OnDemandBilling, t.Attributes, taken); err != nil {
			return nil, err
		}
	}
	if err := checkUsed(t); err != nil {
		return nil, err
	}
	return t, newSettings(t, f)
}

func newBilling(t *catalog.Table, f *createTableForm) (err error) {
	t.OnDemandBilling = f.BillingMode != nil && *f.BillingMode == "PAY_PER_REQUEST"
	switch units := f.ProvisionedThroughput; {
	case t.OnDemandBilling && units != nil:
		return fault.UnitsOnDemand()
	case t.OnDemandBilling:
	case units == nil:
		return fault.UnitsMissing()
	default:
		if err := checkUnits(*units); err != nil {
			return err
		}
		t.Throughput = catalog.Throughput{Read: units.ReadCapacityUnits, Write: units.WriteCapacityUnits}
	}
	if t.OnDemand, err = maxima(f.OnDemandThroughput, t.OnDemandBilling); err != nil {
		return err
	}
	t.Warm, err = warm(f.WarmThroughput, leastWarm(t.OnDemandBilling, t.Throughput), "table")
	return err
}

func newSettings(t *catalog.Table, f *createTableForm) error {
	if len(f.VectorIndexes) > 0 {
		return fault.Unavailable("VectorIndexes")
	}
	if f.GlobalTableSourceArn != nil {
		return fault.Unavailable("GlobalTableSourceArn")
	}
	if err := checkStream(f.StreamSpecification); err != nil {
		return err
	}
	if f.TableClass != nil {
		if err := checkClass(*f.TableClass); err != nil {
			return err
		}
		// A class is only told when it is, or once was, not the usual one.
		if *f.TableClass != "STANDARD" {
			t.Class = *f.TableClass
		}
	}
	var err error
	if f.SSESpecification != nil {
		if t.Encryption, err = encryption(f.SSESpecification); err != nil {
			return err
		}
	}
	if f.ResourcePolicy != nil {
		if t.Policy, err = newPolicy(*f.ResourcePolicy); err != nil {
			return err
		}
	}
	t.DeletionProtection = f.DeletionProtectionEnabled
	t.Tags, err = addTags(nil, f.Tags)
	return err
}

func checkStream(f *streamForm) error {
	switch {
	case f == nil:
	case f.StreamEnabled && f.StreamViewType == nil:
		return fault.StreamViewMissing()
	case !f.StreamEnabled && f.StreamViewType != nil:
		return fault.StreamViewExtra()
	}
	return nil
}

func checkClass(class string) error {
	if class != "STANDARD" && class != "STANDARD_INFREQUENT_ACCESS" {
		return fault.ClassUnknown()
	}
	return nil
}

// encryption is what an SSE specification asks for; nil is the service's own
// key. A type without Enabled turns it on.
func encryption(f *sseForm) (*catalog.Encryption, error) {
	if f.KMSMasterKeyId != nil && f.SSEType == nil {
		return nil, fault.EncryptionKeyAlone()
	}
	if f.SSEType != nil && *f.SSEType != "KMS" {
		return nil, fault.EncryptionType(*f.SSEType)
	}
	if f.Enabled != nil && !*f.Enabled || f.Enabled == nil && f.SSEType == nil {
		return nil, nil
	}
	key := "alias/aws/dynamodb"
	if f.KMSMasterKeyId != nil {
		key = *f.KMSMasterKeyId
	}
	return &catalog.Encryption{Type: "KMS", Key: keyARN(key)}, nil
}
