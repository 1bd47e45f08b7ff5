package gateway

import (
	"maps"
	"os"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodbstreams"

	"shvm-db/internal/api"
)

// documented reads the table of docs/API.md: the answer of each
// operation, and the remark.
func documented(t *testing.T) (answers, remarks map[string]string) {
	t.Helper()
	text, err := os.ReadFile("../docs/API.md")
	if err != nil {
		t.Fatal(err)
	}
	answers, remarks = map[string]string{}, map[string]string{}
	for _, row := range regexp.MustCompile(`(?m)^\| (\w+) \| (real|kept|none|refused) \| (.*)\|$`).FindAllStringSubmatch(string(text), -1) {
		answers[row[1]], remarks[row[1]] = row[2], row[3]
	}
	return answers, remarks
}

var streamOperations = []string{"DescribeStream", "GetRecords", "GetShardIterator", "ListStreams"}

func TestEveryOperationIsAnsweredAndDocumented(t *testing.T) {
	rows, _ := documented(t)
	known := api.Operations()
	for _, client := range []reflect.Type{reflect.TypeFor[*dynamodb.Client](), reflect.TypeFor[*dynamodbstreams.Client]()} {
		for i := range client.NumMethod() {
			name := client.Method(i).Name
			if name != "Options" && !slices.Contains(known, name) {
				t.Errorf("the SDK has %s, the model has not", name)
			}
		}
	}
	for _, name := range known {
		if rows[name] == "" {
			t.Errorf("docs/API.md lacks %s", name)
		}
		if operations[name] == nil && !slices.Contains(streamOperations, name) {
			t.Errorf("%s is not answered", name)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(rows)) {
		if !slices.Contains(known, name) {
			t.Errorf("docs/API.md has %s, which does not exist", name)
		}
	}
}

// What the table says of an operation that is not "real" is what it answers on
// a table that exists.
func TestTheDocumentTellsTheTruth(t *testing.T) {
	s, _, _ := control(t, nil)
	ask(t, s, "CreateTable", `{`+users+`}`)
	arn := `"arn:aws:dynamodb:local:000000000000:table/users"`
	s3 := `{"S3Bucket":"bucket","InputFormat":"ION"}`
	requests := map[string]string{
		"BatchExecuteStatement":              `{"Statements":[{"Statement":"x"}]}`,
		"CancelBulkOperation":                `{"BulkOperationArn":"arn:x"}`,
		"CreateBackup":                       `{"TableName":"users","BackupName":"abc"}`,
		"CreateGlobalTable":                  `{"GlobalTableName":"users","ReplicationGroup":[]}`,
		"DeleteBackup":                       `{"BackupArn":"arn:aws:dynamodb:local:000000000000:table/users/backup/1"}`,
		"DeleteResourcePolicy":               `{"ResourceArn":` + arn + `}`,
		"DescribeBackup":                     `{"BackupArn":"arn:aws:dynamodb:local:000000000000:table/users/backup/1"}`,
		"DescribeBulkOperation":              `{"BulkOperationArn":"arn:x"}`,
		"DescribeExport":                     `{"ExportArn":"arn:aws:dynamodb:local:000000000000:table/users/export/1"}`,
		"DescribeGlobalTable":                `{"GlobalTableName":"users"}`,
		"DescribeGlobalTableSettings":        `{"GlobalTableName":"users"}`,
		"DescribeImport":                     `{"ImportArn":"arn:aws:dynamodb:local:000000000000:table/users/import/1"}`,
		"DisableKinesisStreamingDestination": `{"TableName":"users","StreamArn":"arn:aws:kinesis:local:000000000000:stream/abc"}`,
		"EnableKinesisStreamingDestination":  `{"TableName":"users","StreamArn":"arn:aws:kinesis:local:000000000000:stream/abc"}`,
		"ExecuteStatement":                   `{"Statement":"x"}`,
		"ExecuteTransaction":                 `{"TransactStatements":[{"Statement":"x"}]}`,
		"ExportTableToPointInTime":           `{"TableArn":` + arn + `,"S3Bucket":"bucket"}`,
		"GetResourcePolicy":                  `{"ResourceArn":` + arn + `}`,
		"ImportTable":                        `{"S3BucketSource":{"S3Bucket":"bucket"},"InputFormat":"ION","TableCreationParameters":{"TableName":"abc","AttributeDefinitions":[],"KeySchema":[{"AttributeName":"a","KeyType":"HASH"}]}}`,
		"PutResourcePolicy":                  `{"ResourceArn":` + arn + `,"Policy":"{}"}`,
		"RestoreTableFromBackup":             `{"TargetTableName":"abc","BackupArn":"arn:aws:dynamodb:local:000000000000:table/users/backup/1"}`,
		"RestoreTableToPointInTime":          `{"TargetTableName":"abc","SourceTableName":"users"}`,
		"SearchVectors":                      `{"TableName":"users","IndexName":"abc","SearchVector":[{"N":"1"}],"TopK":1}`,
		"StartBulkPutItems":                  `{"TableName":"users","InputS3Configuration":` + s3 + `,"OutputS3Configuration":{"S3Bucket":"bucket","OutputType":["x"]}}`,
		"TransactGetItems":                   `{"TransactItems":[{"Get":{"TableName":"users","Key":{}}}]}`,
		"TransactWriteItems":                 `{"TransactItems":[{}]}`,
		"UpdateContinuousBackups":            `{"TableName":"users","PointInTimeRecoverySpecification":{"PointInTimeRecoveryEnabled":true}}`,
		"UpdateContributorInsights":          `{"TableName":"users","ContributorInsightsAction":"ENABLE"}`,
		"UpdateGlobalTable":                  `{"GlobalTableName":"users","ReplicaUpdates":[]}`,
		"UpdateGlobalTableSettings":          `{"GlobalTableName":"users"}`,
		"UpdateKinesisStreamingDestination":  `{"TableName":"users","StreamArn":"arn:aws:kinesis:local:000000000000:stream/abc"}`,
	}
	answers, remarks := documented(t)
	for name, answer := range answers {
		request := requests[name]
		if request == "" {
			request = `{"TableName":"users"}`
		}
		got := ""
		if answer != "real" {
			got = ask(t, s, name, request)
		}
		ok := strings.HasPrefix(got, "{")
		if strings.Contains(got, "UnknownOperation") || strings.Contains(got, "Internal") || strings.Contains(got, "validation error") {
			t.Errorf("%s: %s", name, got)
		}
		if strings.Contains(remarks[name], "not built") {
			t.Errorf("%s is called %s: %s", name, answer, remarks[name])
		}
		switch answer {
		case "refused":
			if ok {
				t.Errorf("%s is not refused: %s", name, got)
			}
		case "none":
			if !ok && !strings.Contains(got, "NotFound") && !strings.Contains(got, "does not have the specified index") {
				t.Errorf("%s: %s", name, got)
			}
		}
	}
}
