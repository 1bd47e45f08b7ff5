package gateway

import (
	"slices"
	"time"

	"shvm-db/internal/catalog"
	"shvm-db/internal/fault"
)

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
