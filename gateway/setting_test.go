package gateway

import (
	"fmt"
	"regexp"
	"strings"
	"testing"
)

const usersARN = "arn:aws:dynamodb:local:000000000000:table/users"

func TestTagsComeAndGo(t *testing.T) {
	s, _, _ := control(t, nil)
	ask(t, s, "CreateTable", `{`+users+`}`)
	list := func() string { return ask(t, s, "ListTagsOfResource", `{"ResourceArn":"`+usersARN+`"}`) }
	if got := list(); got != `{"Tags":[]}` {
		t.Error(got)
	}
	if got := ask(t, s, "TagResource", `{"ResourceArn":"`+usersARN+`","Tags":[{"Key":"a","Value":"1"},{"Key":"b","Value":""}]}`); got != "" {
		t.Error(got)
	}
	ask(t, s, "TagResource", `{"ResourceArn":"`+usersARN+`","Tags":[{"Key":"a","Value":"2"}]}`)
	if got := list(); got != `{"Tags":[{"Key":"a","Value":"2"},{"Key":"b","Value":""}]}` {
		t.Error(got)
	}
	if got := ask(t, s, "UntagResource", `{"ResourceArn":"`+usersARN+`","TagKeys":["a","none"]}`); got != "" {
		t.Error(got)
	}
	if got := list(); got != `{"Tags":[{"Key":"b","Value":""}]}` {
		t.Error(got)
	}
}

func TestTagsAreRefused(t *testing.T) {
	s, _, _ := control(t, nil)
	ask(t, s, "CreateTable", `{`+users+`}`)
	var many []string
	for i := range 51 {
		many = append(many, fmt.Sprintf(`{"Key":"k%d","Value":""}`, i))
	}
	for _, test := range []struct{ op, request, want string }{
		{"TagResource", `{"ResourceArn":"not-a-valid-arn","Tags":[{"Key":"a","Value":"1"}]}`, "ValidationException: Invalid TableArn: Invalid ResourceArn provided as input not-a-valid-arn"},
		{"ListTagsOfResource", `{"ResourceArn":"not-a-valid-arn"}`, "ValidationException: Invalid TableArn: Invalid ResourceArn provided as input not-a-valid-arn"},
		{"TagResource", `{"ResourceArn":"` + usersARN + `","Tags":[]}`, "ValidationException: Atleast one Tag needs to be provided as Input."},
		{"UntagResource", `{"ResourceArn":"` + usersARN + `","TagKeys":[]}`, "ValidationException: Atleast one Tag Key needs to be provided as Input."},
		{"TagResource", `{"ResourceArn":"` + usersARN + `","Tags":[` + strings.Join(many, ",") + `]}`, invalid_ + "Number of tags exceeds the limit of 50"},
		{"TagResource", `{"ResourceArn":"` + usersARN + `","Tags":[{"Key":"","Value":"1"}]}`, "ValidationException: 1 validation error detected: Value '' at 'tags.1.member.key' failed to satisfy constraint: Member must have length greater than or equal to 1"},
		{"ListTagsOfResource", `{}`, "ValidationException: 1 validation error detected: Value null at 'resourceArn' failed to satisfy constraint: Member must not be null"},
		{"ListTagsOfResource", `{"ResourceArn":"arn:aws:dynamodb:local:000000000000:table/none"}`, "ResourceNotFoundException: Requested resource not found: ResourcArn: arn:aws:dynamodb:local:000000000000:table/none not found"},
		{"ListTagsOfResource", `{"ResourceArn":"arn:aws:dynamodb:us-east-1:000000000000:table/nonexistent_table_xyz"}`, "AccessDeniedException: User is not authorized to perform: dynamodb:ListTagsOfResource on resource: arn:aws:dynamodb:us-east-1:000000000000:table/nonexistent_table_xyz"},
	} {
		if got := ask(t, s, test.op, test.request); got != test.want {
			t.Errorf("%s %s\n got %s\nwant %s", test.op, abridge(test.request), got, test.want)
		}
	}
}

func TestTimeToLiveIsTurnedOnAndOff(t *testing.T) {
	s, j, r := control(t, nil)
	ask(t, s, "CreateTable", `{`+users+`}`)
	update := func(enabled, attribute string) string {
		return ask(t, s, "UpdateTimeToLive", `{"TableName":"users","TimeToLiveSpecification":{"Enabled":`+enabled+`,"AttributeName":"`+attribute+`"}}`)
	}
	describe := func() string { return ask(t, s, "DescribeTimeToLive", `{"TableName":"users"}`) }
	table, _ := r.Table("users")
	for _, step := range []struct{ got, want string }{
		{describe(), `{"TimeToLiveDescription":{"TimeToLiveStatus":"DISABLED"}}`},
		{update("false", "ttl"), "ValidationException: TimeToLive is already disabled"},
		{update("true", ""), "ValidationException: 1 validation error detected: Value '' at 'timeToLiveSpecification.attributeName' failed to satisfy constraint: Member must have length greater than or equal to 1"},
		{update("true", "ttl"), `{"TimeToLiveSpecification":{"AttributeName":"ttl","Enabled":true}}`},
		{describe(), `{"TimeToLiveDescription":{"AttributeName":"ttl","TimeToLiveStatus":"ENABLED"}}`},
		{j.alive()[table.Partitions[0].ID].TTL, "ttl"},
		{update("true", "ttl"), "ValidationException: TimeToLive is already enabled"},
		{update("true", "other"), "ValidationException: TimeToLive is active on a different AttributeName: current AttributeName is ttl"},
		{update("false", "ttl"), `{"TimeToLiveSpecification":{"AttributeName":"ttl","Enabled":false}}`},
		{describe(), `{"TimeToLiveDescription":{"TimeToLiveStatus":"DISABLED"}}`},
		{j.alive()[table.Partitions[0].ID].TTL, ""},
		{ask(t, s, "DescribeTimeToLive", `{"TableName":"none"}`), "ResourceNotFoundException: Requested resource not found: Table: none not found"},
	} {
		if step.got != step.want {
			t.Errorf("got %s\nwant %s", step.got, step.want)
		}
	}
}

func TestPoliciesAreKept(t *testing.T) {
	s, _, _ := control(t, nil)
	ask(t, s, "CreateTable", `{`+users+`}`)
	get := func() string { return ask(t, s, "GetResourcePolicy", `{"ResourceArn":"`+usersARN+`"}`) }
	none := "PolicyNotFoundException: Resource-based policy not found for the provided ResourceArn: " + usersARN
	if got := get(); got != none {
		t.Error(got)
	}
	put := func(rest string) string {
		return ask(t, s, "PutResourcePolicy", `{"ResourceArn":"`+usersARN+`","Policy":"{\"Version\":\"2012-10-17\"}"`+rest+`}`)
	}
	got := put(`,"ExpectedRevisionId":"NO_POLICY"`)
	revision := regexp.MustCompile(`^\{"RevisionId":"(\d+)"\}$`).FindStringSubmatch(got)
	if revision == nil {
		t.Fatal(got)
	}
	if got := get(); got != `{"Policy":"{\"Version\":\"2012-10-17\"}","RevisionId":"`+revision[1]+`"}` {
		t.Error(got)
	}
	if got := put(`,"ExpectedRevisionId":"NO_POLICY"`); !strings.HasPrefix(got, "PolicyNotFoundException: ") {
		t.Error(got)
	}
	if got := ask(t, s, "DeleteResourcePolicy", `{"ResourceArn":"`+usersARN+`","ExpectedRevisionId":"`+revision[1]+`"}`); got != `{"RevisionId":"`+revision[1]+`"}` {
		t.Error(got)
	}
	if got := get(); got != none {
		t.Error(got)
	}
}

func TestTheOtherSettingsAreKept(t *testing.T) {
	s, _, _ := control(t, func(o *Options) { o.Clock = frozen })
	ask(t, s, "CreateTable", `{`+users+`}`)
	stream := "arn:aws:kinesis:local:000000000000:stream/abc"
	for _, step := range []struct{ op, request, want string }{
		{"DescribeContinuousBackups", `{"TableName":"users"}`, `{"ContinuousBackupsDescription":{"ContinuousBackupsStatus":"ENABLED","PointInTimeRecoveryDescription":{"PointInTimeRecoveryStatus":"DISABLED"}}}`},
		{"UpdateContinuousBackups", `{"TableName":"users","PointInTimeRecoverySpecification":{"PointInTimeRecoveryEnabled":true,"RecoveryPeriodInDays":7}}`,
			`{"ContinuousBackupsDescription":{"ContinuousBackupsStatus":"ENABLED","PointInTimeRecoveryDescription":{"EarliestRestorableDateTime":1767225600.123,"LatestRestorableDateTime":1767225600.123,"PointInTimeRecoveryStatus":"ENABLED","RecoveryPeriodInDays":7}}}`},
		{"DescribeContinuousBackups", `{"TableName":"none"}`, "TableNotFoundException: Table not found: none"},
		{"DescribeContributorInsights", `{"TableName":"users"}`, `{"ContributorInsightsStatus":"DISABLED","TableName":"users"}`},
		{"UpdateContributorInsights", `{"TableName":"users","ContributorInsightsAction":"ENABLE"}`, `{"ContributorInsightsMode":"ACCESSED_AND_THROTTLED_KEYS","ContributorInsightsStatus":"ENABLING","TableName":"users"}`},
		{"DescribeContributorInsights", `{"TableName":"users"}`, `{"ContributorInsightsMode":"ACCESSED_AND_THROTTLED_KEYS","ContributorInsightsStatus":"ENABLED","LastUpdateDateTime":1767225600.123,"TableName":"users"}`},
		{"ListContributorInsights", `{}`, `{"ContributorInsightsSummaries":[{"ContributorInsightsMode":"ACCESSED_AND_THROTTLED_KEYS","ContributorInsightsStatus":"ENABLED","TableName":"users"}]}`},
		{"DescribeKinesisStreamingDestination", `{"TableName":"users"}`, `{"KinesisDataStreamDestinations":[],"TableName":"users"}`},
		{"EnableKinesisStreamingDestination", `{"TableName":"users","StreamArn":"` + stream + `"}`, `{"DestinationStatus":"ENABLING","StreamArn":"` + stream + `","TableName":"users"}`},
		{"DescribeKinesisStreamingDestination", `{"TableName":"users"}`, `{"KinesisDataStreamDestinations":[{"ApproximateCreationDateTimePrecision":"MILLISECOND","DestinationStatus":"ENABLE_FAILED","DestinationStatusDescription":"The Kinesis data stream cannot be reached","StreamArn":"` + stream + `"}],"TableName":"users"}`},
		{"DisableKinesisStreamingDestination", `{"TableName":"users","StreamArn":"` + stream + `"}`, `{"DestinationStatus":"DISABLING","StreamArn":"` + stream + `","TableName":"users"}`},
		{"DescribeTableReplicaAutoScaling", `{"TableName":"users"}`, `{"TableAutoScalingDescription":{"Replicas":[],"TableName":"users","TableStatus":"ACTIVE"}}`},
		{"DescribeLimits", `{}`, `{"AccountMaxReadCapacityUnits":80000,"AccountMaxWriteCapacityUnits":80000,"TableMaxReadCapacityUnits":40000,"TableMaxWriteCapacityUnits":40000}`},
		{"RestoreTableToPointInTime", `{"TargetTableName":"abc","SourceTableName":"users"}`, "PointInTimeRecoveryUnavailableException: Point in time recovery is not enabled for table 'users'"},
		{"DescribeBackup", `{"BackupArn":"` + usersARN + `/backup/1"}`, "BackupNotFoundException: Backup not found: " + usersARN + "/backup/1"},
	} {
		if diff := compare(step.want, ask(t, s, step.op, step.request)); diff != "" {
			t.Errorf("%s %s\n%s", step.op, step.request, diff)
		}
	}
}
