package gateway

import (
	"context"
	"errors"
	"slices"
	"time"

	"shvm-db/internal/catalog"
	"shvm-db/internal/fault"
)

// updateTable changes what can be changed of a table.
func updateTable(g *Gateway, ctx context.Context, r *Request, dst []byte) ([]byte, error) {
	var f updateTableForm
	fill(r.Body, &f)
	if err := checkUpdate(&f); err != nil {
		return nil, err
	}
	made := newIndexes(&f)
	var first catalog.PartitionID
	if _, err := g.named(r); err != nil {
		return nil, err
	}
	if made > 0 {
		var err error
		if first, err = g.Registry.NewPartitions(ctx, g.Partitions*made); err != nil {
			return nil, err
		}
	}
	t, err := g.Registry.Update(ctx, tableName(f.TableName), func(t *catalog.Table) error {
		if err := notBusy(t); err != nil {
			return err
		}
		return g.applyUpdate(t, &f, first, r.Time)
	})
	if errors.Is(err, catalog.ErrNoTable) {
		return nil, fault.TableNamedNotFound(tableName(f.TableName))
	}
	if err != nil {
		return nil, err
	}
	answer := g.describe(t)
	removedMaxima(&answer, &f)
	if err := g.change(ctx, t); err != nil {
		return nil, err
	}
	return encode(dst, struct{ TableDescription tableAnswer }{answer})
}

// notBusy refuses a table that is being changed.
func notBusy(t *catalog.Table) error {
	switch t.Status {
	case "CREATING":
		return fault.TableBusy("created", t.Name)
	case "UPDATING":
		return fault.TableBusy("updated", t.Name)
	case "DELETING":
		return fault.TableBusy("deleted", t.Name)
	}
	return nil
}

// checkUpdate refuses what needs no table to be seen as wrong.
func checkUpdate(f *updateTableForm) error {
	switch {
	case f.ReplicaUpdates != nil || f.MultiRegionConsistency != nil || f.GlobalTableWitnessUpdates != nil:
		return fault.Unavailable("ReplicaUpdates")
	case f.VectorIndexUpdates != nil:
		return fault.Unavailable("VectorIndexUpdates")
	case f.BillingMode == nil && f.ProvisionedThroughput == nil && f.GlobalSecondaryIndexUpdates == nil &&
		f.StreamSpecification == nil && f.SSESpecification == nil && f.TableClass == nil &&
		f.DeletionProtectionEnabled == nil && f.OnDemandThroughput == nil && f.WarmThroughput == nil:
		return fault.NothingToUpdate()
	case f.BillingMode != nil && *f.BillingMode == "PAY_PER_REQUEST" && f.ProvisionedThroughput != nil:
		return fault.UnitsOnDemand()
	case f.WarmThroughput != nil && newIndexes(f) > 0:
		return fault.WarmWithIndex()
	}
	if f.TableClass != nil {
		if err := checkClass(*f.TableClass); err != nil {
			return err
		}
	}
	if f.ProvisionedThroughput != nil {
		if err := checkUnits(*f.ProvisionedThroughput); err != nil {
			return err
		}
	}
	if err := checkStream(f.StreamSpecification); err != nil {
		return err
	}
	return checkIndexChanges(f.GlobalSecondaryIndexUpdates)
}

// applyUpdate changes a table, which nobody else sees yet.
func (g *Gateway) applyUpdate(t *catalog.Table, f *updateTableForm, first catalog.PartitionID, now time.Time) error {
	for _, a := range definitions(f.AttributeDefinitions) {
		if i := slices.IndexFunc(t.Attributes, func(b catalog.KeyAttr) bool { return a.Name == b.Name }); i < 0 {
			t.Attributes = append(t.Attributes, a)
		}
	}
	if err := updateBilling(t, f, now); err != nil {
		return err
	}
	if f.GlobalSecondaryIndexUpdates != nil {
		if err := g.updateIndexes(t, *f.GlobalSecondaryIndexUpdates, first, now); err != nil {
			return err
		}
	}
	if err := checkUsed(t); err != nil {
		return err
	}
	if s := f.StreamSpecification; s != nil {
		switch {
		case s.StreamEnabled && t.Stream != nil:
			return fault.StreamOn(t.Name)
		case !s.StreamEnabled && t.Stream == nil:
			return fault.StreamOff(t.Name)
		case s.StreamEnabled:
			t.StartStream(*s.StreamViewType, now)
		default:
			t.Stream = nil
		}
	}
	if f.SSESpecification != nil {
		var err error
		if t.Encryption, err = encryption(f.SSESpecification); err != nil {
			return err
		}
	}
	if f.TableClass != nil && (t.Class != "" || *f.TableClass != "STANDARD") {
		t.Class, t.ClassChanged = *f.TableClass, now.UnixMilli()
	}
	if f.DeletionProtectionEnabled != nil {
		t.DeletionProtection = *f.DeletionProtectionEnabled
	}
	t.Status = "UPDATING"
	return nil
}
