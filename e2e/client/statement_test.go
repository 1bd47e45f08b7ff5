//go:build clients

package client

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"github.com/google/go-cmp/cmp"

	"shvm-db/e2e/node"
)

// PartiQL as the SDK for Go sends it, on a real node: by index, in pages, in
// batches and in transactions, through a restart.
func TestStatementsOfTheGoSDK(t *testing.T) {
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	defer cancel()
	n := node.Start(t, node.Options{Durability: "process"})
	c := node.Client(n.URL)
	if _, err := c.CreateTable(ctx, &dynamodb.CreateTableInput{
		TableName: aws.String("Movies"), BillingMode: types.BillingModePayPerRequest,
		AttributeDefinitions: []types.AttributeDefinition{
			{AttributeName: aws.String("year"), AttributeType: types.ScalarAttributeTypeN},
			{AttributeName: aws.String("title"), AttributeType: types.ScalarAttributeTypeS},
			{AttributeName: aws.String("genre"), AttributeType: types.ScalarAttributeTypeS},
		},
		KeySchema: []types.KeySchemaElement{
			{AttributeName: aws.String("year"), KeyType: types.KeyTypeHash},
			{AttributeName: aws.String("title"), KeyType: types.KeyTypeRange},
		},
		GlobalSecondaryIndexes: []types.GlobalSecondaryIndex{{
			IndexName:  aws.String("genre"),
			KeySchema:  []types.KeySchemaElement{{AttributeName: aws.String("genre"), KeyType: types.KeyTypeHash}},
			Projection: &types.Projection{ProjectionType: types.ProjectionTypeAll},
		}},
	}); err != nil {
		t.Fatal(err)
	}
	if err := dynamodb.NewTableExistsWaiter(c).Wait(ctx, &dynamodb.DescribeTableInput{TableName: aws.String("Movies")}, time.Minute); err != nil {
		t.Fatal(err)
	}
	run := func(statement string, parameters ...types.AttributeValue) []attributes {
		t.Helper()
		var items []attributes
		in := &dynamodb.ExecuteStatementInput{Statement: aws.String(statement), Parameters: parameters, Limit: aws.Int32(2)}
		for {
			out, err := c.ExecuteStatement(ctx, in)
			if err != nil {
				t.Fatalf("%s: %v", statement, err)
			}
			items = append(items, out.Items...)
			if in.NextToken = out.NextToken; in.NextToken == nil {
				return items
			}
		}
	}
	movie := func(i int) attributes {
		return attributes{"year": number("1999"), "title": text(fmt.Sprintf("t%d", i)), "genre": text("drama"), "n": number(fmt.Sprint(i))}
	}
	var batch []types.BatchStatementRequest
	for i := range 5 {
		batch = append(batch, types.BatchStatementRequest{
			Statement:  aws.String(`INSERT INTO "Movies" VALUE {'year': 1999, 'title': ?, 'genre': 'drama', 'n': ?}`),
			Parameters: []types.AttributeValue{text(fmt.Sprintf("t%d", i)), number(fmt.Sprint(i))},
		})
	}
	inserted, err := c.BatchExecuteStatement(ctx, &dynamodb.BatchExecuteStatementInput{Statements: batch})
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range inserted.Responses {
		if r.Error != nil {
			t.Errorf("%v: %s", r.Error.Code, aws.ToString(r.Error.Message))
		}
	}
	_, err = c.ExecuteStatement(ctx, &dynamodb.ExecuteStatementInput{Statement: batch[0].Statement, Parameters: batch[0].Parameters})
	var duplicate *types.DuplicateItemException
	if !errors.As(err, &duplicate) {
		t.Errorf("a second insert: %v", err)
	}
	n.Stop()
	n.Restart()
	want := []attributes{movie(4), movie(3), movie(2), movie(1), movie(0)}
	if diff := cmp.Diff(want, run(`SELECT * FROM Movies WHERE year = ? ORDER BY title DESC`, number("1999")), ignored); diff != "" {
		t.Error(diff)
	}
	// The index follows the table in its own time.
	for deadline := time.Now().Add(30 * time.Second); len(run(`SELECT * FROM "Movies"."genre" WHERE genre = 'drama'`)) < 5; {
		if time.Now().After(deadline) {
			t.Fatal("the index has not all the items")
		}
	}
	if got := run(`SELECT title FROM "Movies"."genre" WHERE genre = 'drama' AND n BETWEEN 1 AND 2 AND NOT title IN ['t2']`); len(got) != 1 {
		t.Errorf("got %v", got)
	}
	transaction := func(statements ...string) error {
		in := &dynamodb.ExecuteTransactionInput{}
		for _, s := range statements {
			in.TransactStatements = append(in.TransactStatements, types.ParameterizedStatement{Statement: aws.String(s)})
		}
		_, err := c.ExecuteTransaction(ctx, in)
		return err
	}
	if err := transaction(`EXISTS(SELECT * FROM Movies WHERE year = 1999 AND title = 't0' AND n = 0)`,
		`UPDATE Movies SET n = n + 10 WHERE year = 1999 AND title = 't1'`, `DELETE FROM Movies WHERE year = 1999 AND title = 't2'`); err != nil {
		t.Error(err)
	}
	err = transaction(`UPDATE Movies SET n = 0 WHERE year = 1999 AND title = 't1'`, `INSERT INTO Movies VALUE {'year': 1999, 'title': 't3'}`)
	var cancelled *types.TransactionCanceledException
	if !errors.As(err, &cancelled) || len(cancelled.CancellationReasons) != 2 || aws.ToString(cancelled.CancellationReasons[1].Code) != "DuplicateItem" {
		t.Errorf("a transaction with a duplicate: %v", err)
	}
	if diff := cmp.Diff([]attributes{{"n": number("11")}}, run(`SELECT n FROM Movies WHERE year = 1999 AND title = 't1'`), ignored); diff != "" {
		t.Error(diff)
	}
	if got := run(`DELETE FROM Movies WHERE year = 1999 AND title = 't1' AND n = 11 RETURNING ALL OLD *`); len(got) != 1 {
		t.Errorf("got %v", got)
	}
}
