package gateway

import (
	"context"
	"fmt"
	"testing"
	"time"

	"shvm-db/internal/api"
	"shvm-db/internal/catalog"
	"shvm-db/internal/command"
	"shvm-db/internal/jsonscan"
)

// still is a Data that answers at once: what is left is the gateway's own work.
type still struct {
	row  command.Row
	rows []command.Row
	out  command.Outcome
}

func (s *still) Do(context.Context, *command.Command) (*command.Outcome, error) { return &s.out, nil }

func (s *still) Get(context.Context, catalog.PartitionID, []byte) (command.Row, bool, error) {
	return s.row, true, nil
}

func (s *still) Page(context.Context, command.Range) (command.Page, error) {
	return command.Page{Rows: s.rows}, nil
}

// BenchmarkOperations measures a request from its bytes to the bytes of the
// answer, without HTTP and without the data behind: watch its allocations.
func BenchmarkOperations(b *testing.B) {
	r, err := catalog.Open(b.Context(), catalog.NewMemory())
	if err != nil {
		b.Fatal(err)
	}
	for _, t := range goldenTables(1) {
		if err := r.Create(b.Context(), t); err != nil {
			b.Fatal(err)
		}
	}
	text := `{"pk":{"S":"user-000000012345"},"sk":{"S":"2026-01-01"},"name":{"S":"Ada Lovelace"},"age":{"N":"36"},"tags":{"SS":["a","b"]},"data":{"S":"0123456789012345678901234567890123456789012345678901234567890123456789"}}`
	row := command.Row{Item: []byte(text), Size: 200, Key: []byte("12345678")}
	data := &still{row: row, out: command.Outcome{NewSize: 200}}
	for range 10 {
		data.rows = append(data.rows, row)
	}
	g := New(Options{Registry: r, Data: data})
	for _, c := range []struct{ name, op, body string }{
		{"put", "PutItem", `{"TableName":"range","Item":` + text + `}`},
		{"put if", "PutItem", `{"TableName":"range","Item":` + text + `,"ConditionExpression":"attribute_not_exists(pk) OR version = :v","ExpressionAttributeValues":{":v":{"N":"1"}}}`},
		{"update", "UpdateItem", `{"TableName":"range","Key":{"pk":{"S":"a"},"sk":{"S":"b"}},"UpdateExpression":"SET n = n + :v","ExpressionAttributeValues":{":v":{"N":"1"}}}`},
		{"get", "GetItem", `{"TableName":"range","Key":{"pk":{"S":"user-000000012345"},"sk":{"S":"2026-01-01"}},"ConsistentRead":true}`},
		{"query 10", "Query", `{"TableName":"range","KeyConditionExpression":"pk = :p","ExpressionAttributeValues":{":p":{"S":"user-000000012345"}}}`},
	} {
		b.Run(c.name, func(b *testing.B) {
			b.ReportAllocs()
			dst := make([]byte, 0, 1<<16)
			body := []byte(c.body)
			for b.Loop() {
				doc, err := jsonscan.Parse(body)
				if err != nil {
					b.Fatal(err)
				}
				req := &Request{Operation: c.op, Body: doc.Root(), Time: time.UnixMilli(1), Deadline: time.UnixMilli(2)}
				if err := api.Check(c.op, req.Body); err != nil {
					b.Fatal(err)
				}
				out, err := operations[c.op](g, context.Background(), req, dst[:0])
				if err != nil {
					b.Fatal(fmt.Sprint(err))
				}
				dst = out
				doc.Release()
			}
		})
	}
}
