package gateway

import (
	"time"

	"shvm-db/internal/catalog"
	"shvm-db/internal/fault"
)

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
