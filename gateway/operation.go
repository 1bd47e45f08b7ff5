package gateway

import "context"

// An operation answers a validated request: it appends the JSON of its answer
// to dst and gives that back. An error that is a *fault.Error goes to the
// client as it is; any other one becomes InternalServerError.
type operation func(g *Gateway, ctx context.Context, r *Request, dst []byte) ([]byte, error)

// operations is the one table of what this gateway answers, by the name that
// comes after the dot of X-Amz-Target.
var operations = map[string]operation{
	"BatchGetItem":                        batchGetItem,
	"BatchWriteItem":                      batchWriteItem,
	"CreateBackup":                        createBackup,
	"CreateGlobalTable":                   createGlobalTable,
	"CreateTable":                         createTable,
	"DeleteBackup":                        noBackup,
	"DeleteItem":                          deleteItem,
	"DeleteResourcePolicy":                deletePolicy,
	"DeleteTable":                         deleteTable,
	"DescribeBackup":                      noBackup,
	"DescribeContinuousBackups":           describeContinuousBackups,
	"DescribeContributorInsights":         describeInsights,
	"DescribeEndpoints":                   describeEndpoints,
	"DescribeExport":                      describeExport,
	"DescribeGlobalTable":                 noGlobalTable,
	"DescribeGlobalTableSettings":         noGlobalTable,
	"DescribeImport":                      describeImport,
	"DescribeKinesisStreamingDestination": describeKinesis,
	"DescribeLimits":                      describeLimits,
	"DescribeTable":                       describeTable,
	"DescribeTableReplicaAutoScaling":     describeAutoScaling,
	"DescribeTimeToLive":                  describeTimeToLive,
	"DisableKinesisStreamingDestination":  disableKinesis,
	"EnableKinesisStreamingDestination":   enableKinesis,
	"ExportTableToPointInTime":            exportTable,
	"GetItem":                             getItem,
	"GetResourcePolicy":                   getPolicy,
	"ImportTable":                         importTable,
	"ListBackups":                         listBackups,
	"ListContributorInsights":             listInsights,
	"ListExports":                         listExports,
	"ListGlobalTables":                    listGlobalTables,
	"ListImports":                         listImports,
	"ListTables":                          listTables,
	"ListTagsOfResource":                  listTags,
	"PutItem":                             putItem,
	"PutResourcePolicy":                   putPolicy,
	"Query":                               query,
	"RestoreTableFromBackup":              noBackup,
	"RestoreTableToPointInTime":           restoreToPoint,
	"Scan":                                scan,
	"SearchVectors":                       searchVectors,
	"TagResource":                         tagResource,
	"UntagResource":                       untagResource,
	"UpdateContinuousBackups":             updateContinuousBackups,
	"UpdateContributorInsights":           updateInsights,
	"UpdateGlobalTable":                   noGlobalTable,
	"UpdateGlobalTableSettings":           noGlobalTable,
	"TransactGetItems":                    transactGetItems,
	"TransactWriteItems":                  transactWriteItems,
	"UpdateItem":                          updateItem,
	"UpdateKinesisStreamingDestination":   updateKinesis,
	"UpdateTable":                         updateTable,
	"UpdateTableReplicaAutoScaling":       updateAutoScaling,
	"UpdateTimeToLive":                    updateTimeToLive,
}
