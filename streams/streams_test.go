package streams

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"shvm-db/internal/catalog"
	"shvm-db/internal/change"
	"shvm-db/internal/fault"
	"shvm-db/internal/item"
	"shvm-db/internal/jsonscan"
)

// memory is a Source and a Registry over slices.
type memory struct {
	streams []catalog.StreamRecord
	shards  []change.Shard
	records map[catalog.PartitionID][]change.Record
	trimmed map[catalog.PartitionID]uint64 // the oldest number that is kept
}

func (m *memory) Streams() []catalog.StreamRecord { return m.streams }

func (m *memory) Shards(_ context.Context, p catalog.PartitionID, label string) (out []change.Shard, _ error) {
	for _, s := range m.shards {
		if s.Partition == p && s.Label == label {
			out = append(out, s)
		}
	}
	return out, nil
}

func (m *memory) shard(p catalog.PartitionID, number uint64) change.Shard {
	for _, s := range m.shards {
		if s.Partition == p && s.Number == number {
			return s
		}
	}
	panic("no such shard")
}

func (m *memory) Records(_ context.Context, p catalog.PartitionID, shard, from uint64, limit, bytes int) (change.Batch, error) {
	s := m.shard(p, shard)
	b := change.Batch{Next: from, Trimmed: from < m.trimmed[p] && s.First < m.trimmed[p]}
	for _, r := range m.records[p] {
		if r.Shard != shard || r.Number < from || r.Number < m.trimmed[p] {
			continue
		}
		if len(b.Records) == limit {
			return b, nil
		}
		b.Records = append(b.Records, r)
		b.Next = r.Number + 1
		if bytes -= r.Size; bytes <= 0 {
			return b, nil
		}
	}
	b.End = s.Closed
	return b, nil
}

func (m *memory) Seek(_ context.Context, p catalog.PartitionID, shard uint64, stamp int64) (uint64, error) {
	s := m.shard(p, shard)
	next := max(s.First, m.trimmed[p])
	for _, r := range m.records[p] {
		if r.Shard != shard || r.Number < m.trimmed[p] {
			continue
		}
		if r.Stamp >= stamp {
			return r.Number, nil
		}
		next = r.Number + 1
	}
	return next, nil
}

const arn = "arn:aws:dynamodb:local:000000000000:table/Users/stream/2026-01-01T00:00:00.000"

// sample is a stream over one partition with a closed shard of three records
// and an open child with two.
func sample() *memory {
	key := catalog.Key{Hash: []catalog.KeyAttr{{Name: "PK", Kind: item.S}}, Range: []catalog.KeyAttr{{Name: "SK", Kind: item.N}}}
	m := &memory{
		streams: []catalog.StreamRecord{{ARN: arn, Label: "2026-01-01T00:00:00.000", View: change.BothImage, Table: "Users", Key: key, Created: 1767225600000, Partitions: []catalog.PartitionID{7}}},
		records: map[catalog.PartitionID][]change.Record{},
		trimmed: map[catalog.PartitionID]uint64{},
	}
	first := change.Shard{Number: 1, Partition: 7, Label: m.streams[0].Label, First: 1, Last: 3, Closed: true, Opened: 1767225600000, Ended: 1767225700000}
	m.shards = []change.Shard{first, {Number: 2, Partition: 7, Label: first.Label, Parent: first.ID(), First: 4, Opened: 1767225700000}}
	for n := uint64(1); n <= 5; n++ {
		r := change.Record{Number: n, Shard: 1 + n/4, Event: change.Modify, Stamp: 1767225600000 + int64(n)*1000}
		keys := item.Map{{Name: "PK", Value: item.Value{Kind: item.S, Text: "a"}}}
		next := keys.With("n", item.Value{Kind: item.N, Text: fmt.Sprint(n)})
		r.Carry(change.BothImage, image(keys), image(keys), image(next))
		m.records[7] = append(m.records[7], r)
	}
	return m
}

func image(m item.Map) change.Image {
	return change.Image{JSON: item.AppendJSON(nil, m), Size: item.Size(m)}
}

func handler(m *memory) (*Handler, *time.Time) {
	now := time.UnixMilli(1767225800000)
	return New(Options{Source: m, Registry: m, Now: func() time.Time { return now }}), &now
}

func call(t *testing.T, h *Handler, op, body string) (map[string]any, error) {
	t.Helper()
	doc, err := jsonscan.Parse([]byte(body))
	if err != nil {
		t.Fatal(err)
	}
	out, err := h.Operations()[op](context.Background(), doc.Root())
	if err != nil {
		return nil, err
	}
	var answer map[string]any
	if err := json.Unmarshal(out, &answer); err != nil {
		t.Fatalf("%s answered %s: %v", op, out, err)
	}
	return answer, nil
}

func must(t *testing.T, h *Handler, op, body string) map[string]any {
	t.Helper()
	answer, err := call(t, h, op, body)
	if err != nil {
		t.Fatalf("%s %s: %v", op, body, err)
	}
	return answer
}

func refused(t *testing.T, h *Handler, op, body, kind string) {
	t.Helper()
	_, err := call(t, h, op, body)
	var f *fault.Error
	if !errors.As(err, &f) || f.Type != kind {
		t.Errorf("%s %s: got %v, want %s", op, body, err, kind)
	}
}

func TestDescribeStreamShowsTheLineage(t *testing.T) {
	m := sample()
	h, _ := handler(m)
	d := must(t, h, "DescribeStream", `{"StreamArn":"`+arn+`"}`)["StreamDescription"].(map[string]any)
	if d["StreamStatus"] != "ENABLED" || d["TableName"] != "Users" || d["StreamViewType"] != "NEW_AND_OLD_IMAGES" || d["CreationRequestDateTime"] != 1767225600.0 {
		t.Errorf("description: %v", d)
	}
	shards := d["Shards"].([]any)
	parent, child := shards[0].(map[string]any), shards[1].(map[string]any)
	if len(shards) != 2 || parent["ParentShardId"] != nil || child["ParentShardId"] != parent["ShardId"] {
		t.Errorf("shards: %v", shards)
	}
	if id := parent["ShardId"].(string); len(id) < 28 || len(id) > 65 {
		t.Errorf("shard id %q has %d characters, the model says 28 to 65", id, len(id))
	}
	closed, open := parent["SequenceNumberRange"].(map[string]any), child["SequenceNumberRange"].(map[string]any)
	if closed["EndingSequenceNumber"] != change.Sequence(7, 3) || open["StartingSequenceNumber"] != change.Sequence(7, 4) || open["EndingSequenceNumber"] != nil {
		t.Errorf("ranges: %v, %v", closed, open)
	}
}

func TestDescribeStreamPages(t *testing.T) {
	m := sample()
	h, _ := handler(m)
	d := must(t, h, "DescribeStream", `{"StreamArn":"`+arn+`","Limit":1}`)["StreamDescription"].(map[string]any)
	last, _ := d["LastEvaluatedShardId"].(string)
	if len(d["Shards"].([]any)) != 1 || last != m.shards[0].ID() {
		t.Fatalf("first page: %v", d)
	}
	d = must(t, h, "DescribeStream", `{"StreamArn":"`+arn+`","Limit":1,"ExclusiveStartShardId":"`+last+`"}`)["StreamDescription"].(map[string]any)
	if len(d["Shards"].([]any)) != 1 || d["LastEvaluatedShardId"] != nil {
		t.Errorf("second page: %v", d)
	}
	d = must(t, h, "DescribeStream", `{"StreamArn":"`+arn+`","ShardFilter":{"Type":"CHILD_SHARDS","ShardId":"`+last+`"}}`)["StreamDescription"].(map[string]any)
	if shards := d["Shards"].([]any); len(shards) != 1 || shards[0].(map[string]any)["ShardId"] != m.shards[1].ID() {
		t.Errorf("children: %v", d)
	}
}

func iteratorOf(t *testing.T, h *Handler, m *memory, shard int, rest string) string {
	t.Helper()
	return must(t, h, "GetShardIterator", `{"StreamArn":"`+arn+`","ShardId":"`+m.shards[shard].ID()+`",`+rest+`}`)["ShardIterator"].(string)
}

// numbers are the sequence numbers of the records of one answer.
func numbers(answer map[string]any) (out []string) {
	for _, r := range answer["Records"].([]any) {
		out = append(out, r.(map[string]any)["dynamodb"].(map[string]any)["SequenceNumber"].(string))
	}
	return out
}

func TestIteratorsStartWhereTheirTypeSays(t *testing.T) {
	m := sample()
	h, _ := handler(m)
	cases := []struct {
		shard int
		rest  string
		want  []uint64
	}{
		{0, `"ShardIteratorType":"TRIM_HORIZON"`, []uint64{1, 2, 3}},
		{0, `"ShardIteratorType":"LATEST"`, nil},
		{1, `"ShardIteratorType":"LATEST"`, nil},
		{0, `"ShardIteratorType":"AT_SEQUENCE_NUMBER","SequenceNumber":"` + change.Sequence(7, 2) + `"`, []uint64{2, 3}},
		{0, `"ShardIteratorType":"AFTER_SEQUENCE_NUMBER","SequenceNumber":"` + change.Sequence(7, 2) + `"`, []uint64{3}},
		{0, `"ShardIteratorType":"AFTER_SEQUENCE_NUMBER","SequenceNumber":"` + change.Sequence(7, 3) + `"`, nil},
		{0, `"ShardIteratorType":"AT_TIMESTAMP","Timestamp":1767225602`, []uint64{2, 3}},
		{0, `"ShardIteratorType":"AT_TIMESTAMP","Timestamp":1767225602.001`, []uint64{3}},
		{1, `"ShardIteratorType":"TRIM_HORIZON"`, []uint64{4, 5}},
	}
	for _, c := range cases {
		answer := must(t, h, "GetRecords", `{"ShardIterator":"`+iteratorOf(t, h, m, c.shard, c.rest)+`"}`)
		var want []string
		for _, n := range c.want {
			want = append(want, change.Sequence(7, n))
		}
		if got := numbers(answer); strings.Join(got, " ") != strings.Join(want, " ") {
			t.Errorf("shard %d %s: got %v, want %v", c.shard, c.rest, got, want)
		}
		if _, more := answer["NextShardIterator"]; more != (c.shard == 1) {
			t.Errorf("shard %d %s: next iterator %v, but only an open shard has one at its end", c.shard, c.rest, more)
		}
	}
}

func TestGetRecordsGoesOnFromTheNextIterator(t *testing.T) {
	m := sample()
	h, _ := handler(m)
	it := iteratorOf(t, h, m, 0, `"ShardIteratorType":"TRIM_HORIZON"`)
	var got []string
	for range 10 {
		answer := must(t, h, "GetRecords", `{"ShardIterator":"`+it+`","Limit":2}`)
		got = append(got, numbers(answer)...)
		next, more := answer["NextShardIterator"].(string)
		if !more {
			break
		}
		it = next
	}
	if want := change.Sequence(7, 1) + " " + change.Sequence(7, 2) + " " + change.Sequence(7, 3); strings.Join(got, " ") != want {
		t.Errorf("got %v, want %s", got, want)
	}
}

func TestARecordLooksAsTheServiceWritesIt(t *testing.T) {
	m := sample()
	m.records[7][0].Service = true
	h, _ := handler(m)
	answer := must(t, h, "GetRecords", `{"Limit":1,"ShardIterator":"`+iteratorOf(t, h, m, 0, `"ShardIteratorType":"TRIM_HORIZON"`)+`"}`)
	r := answer["Records"].([]any)[0].(map[string]any)
	if len(r["eventID"].(string)) == 0 {
		t.Error("no eventID")
	}
	delete(r, "eventID")
	got, _ := json.Marshal(r)
	want := `{"awsRegion":"local","dynamodb":{"ApproximateCreationDateTime":1767225601,"Keys":{"PK":{"S":"a"}},"NewImage":{"PK":{"S":"a"},"n":{"N":"1"}},"OldImage":{"PK":{"S":"a"}},"SequenceNumber":"` + change.Sequence(7, 1) + `","SizeBytes":12,"StreamViewType":"NEW_AND_OLD_IMAGES"},"eventName":"MODIFY","eventSource":"aws:dynamodb","eventVersion":"1.1","userIdentity":{"PrincipalId":"dynamodb.amazonaws.com","Type":"Service"}}`
	if string(got) != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}

func TestStreamsRefuse(t *testing.T) {
	m := sample()
	h, now := handler(m)
	shard := m.shards[0].ID()
	other := strings.Replace(arn, "Users", "Others", 1)
	it := iteratorOf(t, h, m, 0, `"ShardIteratorType":"TRIM_HORIZON"`)
	forged := strings.Replace(it, "Users", "User2", 1)
	missing := "shardId-00000000000000000000-00000000"
	refused(t, h, "DescribeStream", `{"StreamArn":"`+other+`"}`, "ResourceNotFoundException")
	refused(t, h, "DescribeStream", `{"StreamArn":"`+arn+`","ExclusiveStartShardId":"`+missing+`"}`, "ResourceNotFoundException")
	refused(t, h, "DescribeStream", `{"StreamArn":"`+arn+`","ShardFilter":{"Type":"CHILD_SHARDS"}}`, "ValidationException")
	refused(t, h, "GetShardIterator", `{"StreamArn":"`+other+`","ShardId":"`+shard+`","ShardIteratorType":"LATEST"}`, "ResourceNotFoundException")
	refused(t, h, "GetShardIterator", `{"StreamArn":"`+arn+`","ShardId":"`+missing+`","ShardIteratorType":"LATEST"}`, "ResourceNotFoundException")
	refused(t, h, "GetShardIterator", `{"StreamArn":"`+arn+`","ShardId":"`+shard+`","ShardIteratorType":"AT_SEQUENCE_NUMBER"}`, "ValidationException")
	refused(t, h, "GetShardIterator", `{"StreamArn":"`+arn+`","ShardId":"`+shard+`","ShardIteratorType":"LATEST","SequenceNumber":"`+change.Sequence(7, 1)+`"}`, "ValidationException")
	refused(t, h, "GetShardIterator", `{"StreamArn":"`+arn+`","ShardId":"`+shard+`","ShardIteratorType":"AT_SEQUENCE_NUMBER","SequenceNumber":"`+change.Sequence(7, 4)+`"}`, "ValidationException")
	refused(t, h, "GetShardIterator", `{"StreamArn":"`+arn+`","ShardId":"`+shard+`","ShardIteratorType":"AT_TIMESTAMP"}`, "ValidationException")
	refused(t, h, "GetShardIterator", `{"StreamArn":"`+arn+`","ShardId":"`+shard+`","ShardIteratorType":"AT_TIMESTAMP","Timestamp":4102444800}`, "ValidationException")
	refused(t, h, "GetRecords", `{"ShardIterator":"nonsense"}`, "ValidationException")
	refused(t, h, "GetRecords", `{"ShardIterator":"`+forged+`"}`, "ValidationException")
	m.trimmed[7] = 3
	refused(t, h, "GetRecords", `{"ShardIterator":"`+it+`"}`, "TrimmedDataAccessException")
	refused(t, h, "GetShardIterator", `{"StreamArn":"`+arn+`","ShardId":"`+shard+`","ShardIteratorType":"AT_SEQUENCE_NUMBER","SequenceNumber":"`+change.Sequence(7, 1)+`"}`, "TrimmedDataAccessException")
	m.trimmed[7] = 0
	*now = time.UnixMilli(1767225602500).Add(Retention)
	fresh := iteratorOf(t, h, m, 0, `"ShardIteratorType":"TRIM_HORIZON"`)
	if got := numbers(must(t, h, "GetRecords", `{"ShardIterator":"`+fresh+`"}`)); len(got) != 1 || got[0] != change.Sequence(7, 3) {
		t.Errorf("records older than a day are told: %v", got)
	}
	refused(t, h, "GetShardIterator", `{"StreamArn":"`+arn+`","ShardId":"`+shard+`","ShardIteratorType":"AT_SEQUENCE_NUMBER","SequenceNumber":"`+change.Sequence(7, 1)+`"}`, "TrimmedDataAccessException")
	it = fresh
	*now = now.Add(15*time.Minute + time.Second)
	refused(t, h, "GetRecords", `{"ShardIterator":"`+it+`"}`, "ExpiredIteratorException")
}

func TestAStreamThatEndedIsReadForADay(t *testing.T) {
	m := sample()
	h, now := handler(m)
	m.streams[0].Ended = now.UnixMilli()
	d := must(t, h, "DescribeStream", `{"StreamArn":"`+arn+`"}`)["StreamDescription"].(map[string]any)
	if d["StreamStatus"] != "DISABLED" {
		t.Errorf("status %v, want DISABLED", d["StreamStatus"])
	}
	*now = now.Add(Retention)
	refused(t, h, "DescribeStream", `{"StreamArn":"`+arn+`"}`, "ResourceNotFoundException")
	if list := must(t, h, "ListStreams", `{}`)["Streams"].([]any); len(list) != 0 {
		t.Errorf("still listed: %v", list)
	}
}

func TestListStreamsPagesAndFilters(t *testing.T) {
	m := sample()
	for _, name := range []string{"A", "B", "C"} {
		s := m.streams[0]
		s.Table, s.ARN = name, strings.Replace(arn, "Users", name, 1)
		m.streams = append(m.streams, s)
	}
	h, _ := handler(m)
	var seen []string
	body := `{"Limit":3}`
	for range 3 {
		answer := must(t, h, "ListStreams", body)
		for _, s := range answer["Streams"].([]any) {
			seen = append(seen, s.(map[string]any)["TableName"].(string))
		}
		last, ok := answer["LastEvaluatedStreamArn"].(string)
		if !ok {
			break
		}
		body = `{"Limit":3,"ExclusiveStartStreamArn":"` + last + `"}`
	}
	if strings.Join(seen, "") != "ABCUsers" {
		t.Errorf("pages gave %v", seen)
	}
	if list := must(t, h, "ListStreams", `{"TableName":"B"}`)["Streams"].([]any); len(list) != 1 {
		t.Errorf("by table: %v", list)
	}
}

func TestSequenceNumbersCompareLikeTheirNumbers(t *testing.T) {
	for _, n := range []uint64{0, 1, 9, 10, 99999, 1 << 40} {
		a, b := change.Sequence(3, n), change.Sequence(3, n+1)
		if a >= b || len(a) != 23 {
			t.Errorf("%s is not below %s", a, b)
		}
		got, exact, err := change.ParseSequence(3, a)
		if err != nil || !exact || got != n {
			t.Errorf("parsing %s: %d %v %v, want %d", a, got, exact, err, n)
		}
		if got, exact, _ := change.ParseSequence(2, a); exact || got != n+1 {
			t.Errorf("parsing %s for another partition: %d %v", a, got, exact)
		}
	}
	if _, _, err := change.ParseSequence(3, "12a"); err == nil {
		t.Error("a sequence number with a letter was accepted")
	}
}
