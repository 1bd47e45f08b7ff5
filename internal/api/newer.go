package api

import "slices"

// newer adds what the SDKs have and the model of today does not yet: bulk writes
// from S3, with what their SDK says is required, and iterators by time.
func newer() {
	iterators()
	add := func(s shape) int {
		shapes = append(shapes, s)
		return len(shapes) - 1
	}
	text := add(shape{name: "String", kind: stringKind})
	table := shapeIndex("TableArn")
	bucket := shapeIndex("S3Bucket")
	compression := shapeIndex("InputCompressionType")
	format := add(shape{name: "BulkOperationInputFormat", kind: stringKind, enum: []string{"DYNAMODB_JSON", "ION"}})
	tier := add(shape{name: "BulkOperationPerformanceTier", kind: stringKind, enum: []string{"STANDARD", "ACCELERATED"}})
	units := add(shape{name: "MaxWriteRequestUnits", kind: longKind, min: 1024, hasMin: true})
	page := add(shape{name: "BulkOperationMaxResults", kind: integerKind})
	outputs := add(shape{name: "OutputTypeList", kind: listKind, elem: text})
	input := add(shape{name: "InputS3Configuration", kind: structureKind, members: []member{
		{"InputFormat", format, true}, {"S3Bucket", bucket, true}, {"InputCompressionType", compression, false},
		{"S3BucketOwner", text, false}, {"S3KeyPrefix", text, false}}})
	output := add(shape{name: "OutputS3Configuration", kind: structureKind, members: []member{
		{"OutputType", outputs, true}, {"S3Bucket", bucket, true}, {"S3BucketOwner", text, false},
		{"S3KeyPrefix", text, false}, {"S3SseAlgorithm", text, false}, {"S3SseKmsKeyId", text, false}}})
	one := add(shape{name: "DescribeBulkOperationInput", kind: structureKind, members: []member{{"BulkOperationArn", text, true}}})
	inputs["StartBulkPutItems"] = add(shape{name: "StartBulkPutItemsInput", kind: structureKind, members: []member{
		{"InputS3Configuration", input, true}, {"OutputS3Configuration", output, true}, {"TableName", table, true},
		{"ClientToken", text, false}, {"MaxWriteRequestUnits", units, false}, {"PerformanceTier", tier, false}}})
	inputs["DescribeBulkOperation"] = one
	inputs["CancelBulkOperation"] = one
	inputs["ListBulkOperations"] = add(shape{name: "ListBulkOperationsInput", kind: structureKind, members: []member{
		{"MaxResults", page, false}, {"NextToken", text, false}}})
}

// iterators adds AT_TIMESTAMP and its Timestamp.
func iterators() {
	kind := &shapes[shapeIndex("ShardIteratorType")]
	kind.enum = append(slices.Clone(kind.enum), "AT_TIMESTAMP")
	shapes = append(shapes, shape{name: "Timestamp", kind: timestampKind})
	in := &shapes[shapeIndex("GetShardIteratorInput")]
	in.members = append(slices.Clone(in.members), member{"Timestamp", len(shapes) - 1, false})
}
