package gateway

import (
	"slices"

	"shvm-db/internal/catalog"
	"shvm-db/internal/fault"
	"shvm-db/internal/item"
)

// mostUnits bounds provisioned units.
const mostUnits = 1_000_000_000_000

// The service's limits on indexes (developer guide, "Service quotas").
const (
	mostLocal     = 5
	mostGlobal    = 20
	mostProjected = 100
	mostTags      = 50
)

// checkUnits checks provisioned throughput.
func checkUnits(t throughputForm) error {
	if t.ReadCapacityUnits > mostUnits {
		return fault.UnitsOutOfBounds(t.ReadCapacityUnits, "ReadCapacityUnits")
	}
	if t.WriteCapacityUnits > mostUnits {
		return fault.UnitsOutOfBounds(t.WriteCapacityUnits, "WriteCapacityUnits")
	}
	return nil
}

// definitions are attribute definitions in the order they were given.
func definitions(forms []attributeForm) []catalog.KeyAttr {
	out := make([]catalog.KeyAttr, len(forms))
	for i, f := range forms {
		out[i] = catalog.KeyAttr{Name: f.AttributeName, Kind: kindOf(f.AttributeType)}
	}
	return out
}

func kindOf(tag string) item.Kind {
	switch tag {
	case "N":
		return item.N
	case "B":
		return item.B
	}
	return item.S
}

func names(attributes []catalog.KeyAttr) []string {
	out := make([]string, len(attributes))
	for i, a := range attributes {
		out[i] = a.Name
	}
	return out
}

func keyNames(schema []keyForm) []string {
	out := make([]string, len(schema))
	for i, k := range schema {
		out[i] = k.AttributeName
	}
	return out
}

// checkDefined says whether every key attribute is defined.
func checkDefined(schema []keyForm, defined []catalog.KeyAttr) error {
	for _, k := range schema {
		if !slices.ContainsFunc(defined, func(a catalog.KeyAttr) bool { return a.Name == k.AttributeName }) {
			return fault.KeysUndefined(keyNames(schema), names(defined))
		}
	}
	return nil
}

// checkShape checks the order of hash and range attributes.
func checkShape(schema []keyForm) error {
	for i := range schema {
		for j := range i {
			if schema[i].AttributeName == schema[j].AttributeName {
				return fault.KeyTwice()
			}
		}
	}
	if schema[0].KeyType != "HASH" {
		return fault.KeyNotHash()
	}
	if len(schema) == 2 && schema[1].KeyType != "RANGE" {
		return fault.KeyNotRange()
	}
	return nil
}

// makeKey makes a key of a schema that has been checked.
func makeKey(schema []keyForm, defined []catalog.KeyAttr) catalog.Key {
	var k catalog.Key
	for _, f := range schema {
		i := slices.IndexFunc(defined, func(a catalog.KeyAttr) bool { return a.Name == f.AttributeName })
		if f.KeyType == "HASH" {
			k.Hash = append(k.Hash, defined[i])
		} else {
			k.Range = append(k.Range, defined[i])
		}
	}
	return k
}

// tableKey checks and makes the key of a table.
func tableKey(schema []keyForm, defined []catalog.KeyAttr) (catalog.Key, error) {
	if len(schema) > len(defined) {
		return catalog.Key{}, fault.KeyUndefined()
	}
	if err := checkDefined(schema, defined); err != nil {
		return catalog.Key{}, err
	}
	if err := checkShape(schema); err != nil {
		return catalog.Key{}, err
	}
	return makeKey(schema, defined), nil
}

// projection checks and makes what an index holds.
func projection(f *projectForm) (catalog.Projection, error) {
	if f == nil || f.ProjectionType == nil {
		return catalog.Projection{}, fault.ProjectionUnknown()
	}
	p := catalog.Projection{Type: *f.ProjectionType, NonKeys: f.NonKeyAttributes}
	if len(p.NonKeys) > 0 && p.Type != "INCLUDE" {
		return p, fault.ProjectionExtra(p.Type)
	}
	if len(p.NonKeys) == 0 && p.Type == "INCLUDE" {
		return p, fault.ProjectionEmpty()
	}
	return p, nil
}

// localIndexes checks and makes the local indexes of a table.
func localIndexes(forms []indexForm, table catalog.Key, defined []catalog.KeyAttr, taken map[string]bool) ([]catalog.Index, error) {
	if len(forms) == 0 {
		return nil, fault.IndexesEmpty("Local")
	}
	if len(table.Range) == 0 {
		return nil, fault.LocalWithoutRange()
	}
	var out []catalog.Index
	for _, f := range forms {
		if err := checkDefined(f.KeySchema, defined); err != nil {
			return nil, err
		}
		if err := checkShape(f.KeySchema); err != nil {
			return nil, err
		}
		if len(f.KeySchema) != 2 {
			return nil, fault.LocalKeyShort(f.IndexName)
		}
		if hash := f.KeySchema[0].AttributeName; hash != table.Hash[0].Name {
			return nil, fault.LocalHash(f.IndexName, hash, table.Hash[0].Name)
		}
		p, err := projection(f.Projection)
		if err != nil {
			return nil, err
		}
		if taken[f.IndexName] {
			return nil, fault.IndexTwice(f.IndexName)
		}
		taken[f.IndexName] = true
		out = append(out, catalog.Index{Name: f.IndexName, Key: makeKey(f.KeySchema, defined), Projection: p})
	}
	if len(out) > mostLocal {
		return nil, fault.LocalCount()
	}
	return out, nil
}

// globalIndex checks and makes one global index of a table.
func globalIndex(f *indexForm, onDemand bool, defined []catalog.KeyAttr) (catalog.Index, error) {
	ix := catalog.Index{Name: f.IndexName}
	if err := checkDefined(f.KeySchema, defined); err != nil {
		return ix, err
	}
	if err := checkShape(f.KeySchema); err != nil {
		return ix, err
	}
	ranges := false
	for _, k := range f.KeySchema {
		if k.KeyType == "RANGE" {
			ranges = true
		} else if ranges {
			return ix, fault.KeyNotRange()
		}
	}
	ix.Key = makeKey(f.KeySchema, defined)
	if len(ix.Key.Hash) > 4 || len(ix.Key.Range) > 4 {
		return ix, fault.KeyTooLong(f.IndexName)
	}
	var err error
	if ix.Projection, err = projection(f.Projection); err != nil {
		return ix, err
	}
	switch {
	case onDemand && f.ProvisionedThroughput != nil:
		return ix, fault.IndexUnitsOnDemand(f.IndexName)
	case !onDemand && f.ProvisionedThroughput == nil:
		return ix, fault.IndexUnitsMissing(f.IndexName)
	case !onDemand:
		if err := checkUnits(*f.ProvisionedThroughput); err != nil {
			return ix, err
		}
		ix.Throughput.Read, ix.Throughput.Write = f.ProvisionedThroughput.ReadCapacityUnits, f.ProvisionedThroughput.WriteCapacityUnits
	}
	if ix.OnDemand, err = maxima(f.OnDemandThroughput, onDemand); err != nil {
		return ix, err
	}
	ix.Warm, err = warm(f.WarmThroughput, leastWarm(onDemand, ix.Throughput), "index "+f.IndexName)
	return ix, err
}

// globalIndexes checks and makes the global indexes of a new table.
func globalIndexes(forms []indexForm, onDemand bool, defined []catalog.KeyAttr, taken map[string]bool) ([]catalog.Index, error) {
	if len(forms) == 0 {
		return nil, fault.IndexesEmpty("Global")
	}
	var out []catalog.Index
	for i := range forms {
		ix, err := globalIndex(&forms[i], onDemand, defined)
		if err != nil {
			return nil, err
		}
		if taken[ix.Name] {
			return nil, fault.IndexTwice(ix.Name)
		}
		taken[ix.Name] = true
		out = append(out, ix)
	}
	if len(out) > mostGlobal {
		return nil, fault.GlobalCount()
	}
	return out, nil
}

// checkUsed says whether every definition is of a key, and whether not too
// many attributes are projected.
func checkUsed(t *catalog.Table) error {
	var used []string
	add := func(k catalog.Key) {
		for _, name := range append(names(k.Hash), names(k.Range)...) {
			if !slices.Contains(used, name) {
				used = append(used, name)
			}
		}
	}
	add(t.Key)
	projected := 0
	for _, ix := range slices.Concat(t.Local, t.Global) {
		add(ix.Key)
		projected += len(ix.Projection.NonKeys)
	}
	if projected > mostProjected {
		return fault.ProjectionCount(projected)
	}
	if len(used) != len(t.Attributes) {
		if len(t.Local)+len(t.Global) == 0 {
			return fault.DefinitionsCount()
		}
		return fault.DefinitionsUnused(names(t.Attributes), used)
	}
	return nil
}

// maxima are the on-demand maxima of a new table or index.
func maxima(f *onDemandForm, onDemand bool) (catalog.OnDemand, error) {
	var m catalog.OnDemand
	if f == nil {
		return m, nil
	}
	if !onDemand {
		return m, fault.MaximaProvisioned()
	}
	for _, one := range []struct {
		asked *int64
		to    *int64
		name  string
	}{{f.MaxReadRequestUnits, &m.MaxRead, "MaxReadRequestUnits"}, {f.MaxWriteRequestUnits, &m.MaxWrite, "MaxWriteRequestUnits"}} {
		if one.asked == nil {
			continue
		}
		if *one.asked < 1 {
			return m, fault.MaximumInvalid(one.name, *one.asked)
		}
		*one.to = *one.asked
	}
	return m, nil
}

// leastWarm is the warm throughput that a table or index has anyway.
func leastWarm(onDemand bool, t catalog.Throughput) catalog.Warm {
	if onDemand {
		return catalog.Warm{Read: 12000, Write: 4000}
	}
	return catalog.Warm{Read: t.Read, Write: t.Write}
}

// warm is the warm throughput that was asked for, which never falls below what
// there is; 0 where nothing was asked.
func warm(f *warmForm, least catalog.Warm, what string) (catalog.Warm, error) {
	var w catalog.Warm
	if f == nil {
		return w, nil
	}
	if n := f.ReadUnitsPerSecond; n != nil {
		if *n < least.Read {
			return w, fault.WarmTooLow("ReadUnitsPerSecond", what, *n, least.Read)
		}
		w.Read = *n
	}
	if n := f.WriteUnitsPerSecond; n != nil {
		if *n < least.Write {
			return w, fault.WarmTooLow("WriteUnitsPerSecond", what, *n, least.Write)
		}
		w.Write = *n
	}
	return w, nil
}

// warmOf is the warm throughput that a description tells.
func warmOf(w catalog.Warm, onDemand bool, t catalog.Throughput) catalog.Warm {
	least := leastWarm(onDemand, t)
	return catalog.Warm{Read: max(w.Read, least.Read), Write: max(w.Write, least.Write)}
}
