package gateway

import (
	"encoding/json"

	"shvm-db/internal/catalog"
)

// The shapes of answers about tables. Members are in the order of their names,
// as the service writes them.
type (
	attributeAnswer struct {
		AttributeName string
		AttributeType string
	}
	keyAnswer struct {
		AttributeName string
		KeyType       string
	}
	projectionAnswer struct {
		NonKeyAttributes []string `json:",omitempty"`
		ProjectionType   string
	}
	throughputAnswer struct {
		LastDecreaseDateTime   seconds `json:",omitempty"`
		LastIncreaseDateTime   seconds `json:",omitempty"`
		NumberOfDecreasesToday int64
		ReadCapacityUnits      int64
		WriteCapacityUnits     int64
	}
	onDemandAnswer struct {
		MaxReadRequestUnits  int64 `json:",omitempty"`
		MaxWriteRequestUnits int64 `json:",omitempty"`
	}
	warmAnswer struct {
		ReadUnitsPerSecond  int64
		Status              string
		WriteUnitsPerSecond int64
	}
	billingAnswer struct {
		BillingMode                       string
		LastUpdateToPayPerRequestDateTime seconds `json:",omitempty"`
	}
	streamAnswer struct {
		StreamEnabled  bool
		StreamViewType string `json:",omitempty"`
	}
	sseAnswer struct {
		KMSMasterKeyArn string
		SSEType         string
		Status          string
	}
	classAnswer struct {
		LastUpdateDateTime seconds `json:",omitempty"`
		TableClass         string
	}
	localAnswer struct {
		IndexArn       string
		IndexName      string
		IndexSizeBytes int64
		ItemCount      int64
		KeySchema      []keyAnswer
		Projection     projectionAnswer
	}
	globalAnswer struct {
		Backfilling           *bool `json:",omitempty"`
		IndexArn              string
		IndexName             string
		IndexSizeBytes        int64
		IndexStatus           string
		ItemCount             int64
		KeySchema             []keyAnswer
		OnDemandThroughput    *onDemandAnswer `json:",omitempty"`
		Projection            projectionAnswer
		ProvisionedThroughput throughputAnswer
		WarmThroughput        *warmAnswer `json:",omitempty"`
	}
	tableAnswer struct {
		AttributeDefinitions      []attributeAnswer
		BillingModeSummary        *billingAnswer `json:",omitempty"`
		CreationDateTime          seconds
		DeletionProtectionEnabled bool
		GlobalSecondaryIndexes    []globalAnswer `json:",omitempty"`
		ItemCount                 int64
		KeySchema                 []keyAnswer
		LatestStreamArn           string          `json:",omitempty"`
		LatestStreamLabel         string          `json:",omitempty"`
		LocalSecondaryIndexes     []localAnswer   `json:",omitempty"`
		OnDemandThroughput        *onDemandAnswer `json:",omitempty"`
		ProvisionedThroughput     throughputAnswer
		SSEDescription            *sseAnswer    `json:",omitempty"`
		StreamSpecification       *streamAnswer `json:",omitempty"`
		TableArn                  string
		TableClassSummary         *classAnswer `json:",omitempty"`
		TableId                   string
		TableName                 string
		TableSizeBytes            int64
		TableStatus               string
		WarmThroughput            *warmAnswer `json:",omitempty"`
	}
)

// MarshalJSON leaves out what a table that is going no longer tells.
func (a tableAnswer) MarshalJSON() ([]byte, error) {
	type whole tableAnswer
	if a.TableStatus != "DELETING" {
		return json.Marshal(whole(a))
	}
	return json.Marshal(struct {
		DeletionProtectionEnabled bool
		ItemCount                 int64
		ProvisionedThroughput     throughputAnswer
		TableArn                  string
		TableId                   string
		TableName                 string
		TableSizeBytes            int64
		TableStatus               string
	}{a.DeletionProtectionEnabled, a.ItemCount, a.ProvisionedThroughput, a.TableArn, a.TableId, a.TableName, a.TableSizeBytes, a.TableStatus})
}

// describe tells all of a table.
func (g *Gateway) describe(t *catalog.Table) tableAnswer {
	a := tableAnswer{
		CreationDateTime:          seconds(t.Created),
		DeletionProtectionEnabled: t.DeletionProtection,
		KeySchema:                 describeKey(t.Key),
		OnDemandThroughput:        describeMaxima(t.OnDemand),
		ProvisionedThroughput:     describeUnits(t.Throughput),
		TableArn:                  t.ARN(),
		TableId:                   t.ID,
		TableName:                 t.Name,
		TableStatus:               t.Status,
		WarmThroughput:            describeWarm(t.Warm, t.OnDemandBilling, t.Throughput),
	}
	a.ItemCount, a.TableSizeBytes = g.size(t, "")
	for _, d := range t.Attributes {
		a.AttributeDefinitions = append(a.AttributeDefinitions, attributeAnswer{d.Name, d.Kind.String()})
	}
	switch {
	case t.OnDemandBilling:
		a.BillingModeSummary = &billingAnswer{"PAY_PER_REQUEST", seconds(t.BillingChanged)}
	case t.BillingChanged != 0:
		a.BillingModeSummary = &billingAnswer{"PROVISIONED", seconds(t.BillingChanged)}
	}
	for _, ix := range t.Local {
		one := localAnswer{IndexArn: t.IndexARN(ix.Name), IndexName: ix.Name,
			KeySchema: describeKey(ix.Key), Projection: describeProjection(ix.Projection)}
		a.LocalSecondaryIndexes = append(a.LocalSecondaryIndexes, one)
	}
	for _, ix := range t.Global {
		one := globalAnswer{IndexArn: t.IndexARN(ix.Name), IndexName: ix.Name, IndexStatus: ix.Status,
			KeySchema: describeKey(ix.Key), Projection: describeProjection(ix.Projection),
			OnDemandThroughput: describeMaxima(ix.OnDemand), ProvisionedThroughput: describeUnits(ix.Throughput),
			WarmThroughput: describeWarm(ix.Warm, t.OnDemandBilling, ix.Throughput)}
		one.ItemCount, one.IndexSizeBytes = g.size(t, ix.Name)
		if ix.Backfilling || ix.Status == "CREATING" && t.Status != "CREATING" {
			filling := ix.Backfilling
			one.Backfilling = &filling
		}
		a.GlobalSecondaryIndexes = append(a.GlobalSecondaryIndexes, one)
	}
	if t.Stream != nil {
		a.LatestStreamArn, a.LatestStreamLabel = t.Stream.ARN, t.Stream.Label
		a.StreamSpecification = &streamAnswer{true, t.Stream.View}
	} else if t.LastStream != "" {
		a.LatestStreamArn, a.LatestStreamLabel = t.ARN()+"/stream/"+t.LastStream, t.LastStream
	}
	if t.Encryption != nil {
		a.SSEDescription = &sseAnswer{t.Encryption.Key, t.Encryption.Type, "ENABLED"}
	}
	if t.Class != "" {
		a.TableClassSummary = &classAnswer{seconds(t.ClassChanged), t.Class}
	}
	return a
}

func describeKey(k catalog.Key) []keyAnswer {
	var out []keyAnswer
	for _, a := range k.Hash {
		out = append(out, keyAnswer{a.Name, "HASH"})
	}
	for _, a := range k.Range {
		out = append(out, keyAnswer{a.Name, "RANGE"})
	}
	return out
}

func describeProjection(p catalog.Projection) projectionAnswer {
	return projectionAnswer{p.NonKeys, p.Type}
}

func describeUnits(t catalog.Throughput) throughputAnswer {
	return throughputAnswer{seconds(t.LastDecrease), seconds(t.LastIncrease), t.DecreasesToday, t.Read, t.Write}
}

func describeMaxima(m catalog.OnDemand) *onDemandAnswer {
	if m == (catalog.OnDemand{}) {
		return nil
	}
	return &onDemandAnswer{m.MaxRead, m.MaxWrite}
}

func describeWarm(w catalog.Warm, onDemand bool, t catalog.Throughput) *warmAnswer {
	w = warmOf(w, onDemand, t)
	return &warmAnswer{w.Read, "ACTIVE", w.Write}
}
