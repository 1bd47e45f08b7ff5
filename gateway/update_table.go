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

// checkIndexChanges checks each change of an index for itself, and that they do
// not collide.
func checkIndexChanges(changes *[]indexChangeForm) error {
	if changes == nil {
		return nil
	}
	if len(*changes) == 0 {
		return fault.NothingToUpdate()
	}
	seen, online := map[string]bool{}, 0
	for _, c := range *changes {
		var name string
		n := 0
		if c.Update != nil {
			name, n = c.Update.IndexName, n+1
		}
		if c.Create != nil {
			name, n, online = c.Create.IndexName, n+1, online+1
		}
		if c.Delete != nil {
			name, n, online = c.Delete.IndexName, n+1, online+1
		}
		if n != 1 {
			return fault.IndexChangeUnclear()
		}
		if seen[name] {
			return fault.IndexUpdatedTwice(name)
		}
		seen[name] = true
	}
	if online > 1 {
		return fault.IndexOnline()
	}
	return nil
}

func newIndexes(f *updateTableForm) (n int) {
	if f.GlobalSecondaryIndexUpdates != nil {
		for _, c := range *f.GlobalSecondaryIndexUpdates {
			if c.Create != nil {
				n++
			}
		}
	}
	return n
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

// updateBilling changes the capacity of a table.
func updateBilling(t *catalog.Table, f *updateTableForm, now time.Time) error {
	was := t.OnDemandBilling
	if f.BillingMode != nil {
		t.OnDemandBilling = *f.BillingMode == "PAY_PER_REQUEST"
	}
	switch units := f.ProvisionedThroughput; {
	case t.OnDemandBilling && units != nil:
		return fault.UnitsOnDemand()
	case t.OnDemandBilling && !was:
		t.Warm = warmOf(t.Warm, false, t.Throughput)
		t.Throughput, t.BillingChanged = catalog.Throughput{}, now.UnixMilli()
		for i := range t.Global {
			ix := &t.Global[i]
			ix.Warm = warmOf(ix.Warm, false, ix.Throughput)
			ix.Throughput = catalog.Throughput{}
		}
	case t.OnDemandBilling:
	case was && units == nil:
		return fault.UnitsMissing()
	case was:
		t.Warm = warmOf(t.Warm, true, t.Throughput)
		t.OnDemand = catalog.OnDemand{}
		t.Throughput = catalog.Throughput{Read: units.ReadCapacityUnits, Write: units.WriteCapacityUnits}
		if err := indexesProvisioned(t, f); err != nil {
			return err
		}
	case units != nil:
		if units.ReadCapacityUnits == t.Throughput.Read && units.WriteCapacityUnits == t.Throughput.Write {
			return fault.UnitsUnchanged("table", t.Throughput.Read, t.Throughput.Write)
		}
		t.Warm = warmOf(t.Warm, false, t.Throughput)
		setUnits(&t.Throughput, *units, now)
	}
	if err := changeMaxima(&t.OnDemand, f.OnDemandThroughput, t.OnDemandBilling); err != nil {
		return err
	}
	return changeWarm(&t.Warm, f.WarmThroughput, t.OnDemandBilling, t.Throughput, "table")
}

// indexesProvisioned gives every index of a table that becomes provisioned the
// throughput that the request names for it.
func indexesProvisioned(t *catalog.Table, f *updateTableForm) error {
	for i := range t.Global {
		ix := &t.Global[i]
		ix.Warm, ix.OnDemand = warmOf(ix.Warm, true, ix.Throughput), catalog.OnDemand{}
		var units *throughputForm
		if f.GlobalSecondaryIndexUpdates != nil {
			for _, c := range *f.GlobalSecondaryIndexUpdates {
				if c.Update != nil && c.Update.IndexName == ix.Name {
					units = c.Update.ProvisionedThroughput
				}
			}
		}
		if units == nil {
			return fault.IndexUnitsMissing(ix.Name)
		}
	}
	return nil
}

// setUnits changes provisioned throughput and notes in which direction.
func setUnits(t *catalog.Throughput, to throughputForm, now time.Time) {
	if to.ReadCapacityUnits > t.Read || to.WriteCapacityUnits > t.Write {
		t.LastIncrease = now.UnixMilli()
	}
	if to.ReadCapacityUnits < t.Read || to.WriteCapacityUnits < t.Write {
		if day := 24 * time.Hour.Milliseconds(); t.LastDecrease/day != now.UnixMilli()/day {
			t.DecreasesToday = 0
		}
		t.LastDecrease = now.UnixMilli()
		t.DecreasesToday++
	}
	t.Read, t.Write = to.ReadCapacityUnits, to.WriteCapacityUnits
}

// changeMaxima changes on-demand maxima; -1 takes one away.
func changeMaxima(m *catalog.OnDemand, f *onDemandForm, onDemand bool) error {
	if f == nil {
		return nil
	}
	rest := *f
	if rest.MaxReadRequestUnits != nil && *rest.MaxReadRequestUnits == -1 {
		m.MaxRead, rest.MaxReadRequestUnits = 0, nil
	}
	if rest.MaxWriteRequestUnits != nil && *rest.MaxWriteRequestUnits == -1 {
		m.MaxWrite, rest.MaxWriteRequestUnits = 0, nil
	}
	to, err := maxima(&rest, onDemand)
	if err != nil {
		return err
	}
	if to.MaxRead != 0 {
		m.MaxRead = to.MaxRead
	}
	if to.MaxWrite != 0 {
		m.MaxWrite = to.MaxWrite
	}
	return nil
}

func changeWarm(w *catalog.Warm, f *warmForm, onDemand bool, t catalog.Throughput, what string) error {
	to, err := warm(f, warmOf(*w, onDemand, t), what)
	if err != nil {
		return err
	}
	w.Read, w.Write = max(w.Read, to.Read), max(w.Write, to.Write)
	return nil
}

// updateIndexes makes, changes and deletes global indexes. The first partition
// of those that are made is first.
func (g *Gateway) updateIndexes(t *catalog.Table, changes []indexChangeForm, first catalog.PartitionID, now time.Time) error {
	for _, c := range changes {
		switch {
		case c.Create != nil:
			if t.GlobalIndex(c.Create.IndexName) != nil || t.LocalIndex(c.Create.IndexName) != nil {
				return fault.IndexExists()
			}
			if slices.ContainsFunc(t.Global, func(ix catalog.Index) bool { return ix.Status == "CREATING" || ix.Status == "DELETING" }) {
				return fault.IndexOnline()
			}
			ix, err := globalIndex(c.Create, t.OnDemandBilling, t.Attributes)
			if err != nil {
				return err
			}
			if len(t.Global) == mostGlobal {
				return fault.GlobalCount()
			}
			ix.ID, ix.Status = first, "CREATING"
			t.Global = append(t.Global, ix)
			t.Partitions = append(t.Partitions, catalog.Ranges(ix.Name, first, g.Partitions)...)
			first += catalog.PartitionID(g.Partitions)
		case c.Delete != nil:
			ix := t.GlobalIndex(c.Delete.IndexName)
			if ix == nil {
				return fault.IndexNotFound()
			}
			ix.Status, ix.Backfilling = "DELETING", false
		default:
			if err := updateIndex(t, c.Update, now); err != nil {
				return err
			}
		}
	}
	return nil
}

// updateIndex changes the capacity of one index.
func updateIndex(t *catalog.Table, f *indexForm, now time.Time) error {
	ix := t.GlobalIndex(f.IndexName)
	if ix == nil {
		return fault.IndexNotFound()
	}
	if units := f.ProvisionedThroughput; units != nil {
		if t.OnDemandBilling {
			return fault.UnitsOnDemand()
		}
		if err := checkUnits(*units); err != nil {
			return err
		}
		if units.ReadCapacityUnits == ix.Throughput.Read && units.WriteCapacityUnits == ix.Throughput.Write {
			return fault.UnitsUnchanged("index "+ix.Name, ix.Throughput.Read, ix.Throughput.Write)
		}
		ix.Warm = warmOf(ix.Warm, false, ix.Throughput)
		setUnits(&ix.Throughput, *units, now)
	}
	if err := changeMaxima(&ix.OnDemand, f.OnDemandThroughput, t.OnDemandBilling); err != nil {
		return err
	}
	if err := changeWarm(&ix.Warm, f.WarmThroughput, t.OnDemandBilling, ix.Throughput, "index "+ix.Name); err != nil {
		return err
	}
	if ix.Status == "ACTIVE" {
		ix.Status = "UPDATING"
	}
	return nil
}

// removedMaxima tells of a maximum that was just taken away: once, as -1.
func removedMaxima(a *tableAnswer, f *updateTableForm) {
	a.OnDemandThroughput = removed(a.OnDemandThroughput, f.OnDemandThroughput)
	if f.GlobalSecondaryIndexUpdates == nil {
		return
	}
	for _, c := range *f.GlobalSecondaryIndexUpdates {
		for i := range a.GlobalSecondaryIndexes {
			if ix := &a.GlobalSecondaryIndexes[i]; c.Update != nil && c.Update.IndexName == ix.IndexName {
				ix.OnDemandThroughput = removed(ix.OnDemandThroughput, c.Update.OnDemandThroughput)
			}
		}
	}
}

func removed(told *onDemandAnswer, f *onDemandForm) *onDemandAnswer {
	if f == nil {
		return told
	}
	out := onDemandAnswer{}
	if told != nil {
		out = *told
	}
	if n := f.MaxReadRequestUnits; n != nil && *n == -1 {
		out.MaxReadRequestUnits = -1
	}
	if n := f.MaxWriteRequestUnits; n != nil && *n == -1 {
		out.MaxWriteRequestUnits = -1
	}
	if out == (onDemandAnswer{}) {
		return nil
	}
	return &out
}
