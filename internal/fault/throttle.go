package fault

// Availability is the namespace of the service's own throttling.
const Availability = "com.amazon.coral.availability"

// ProvisionedTable is the answer of a provisioned table that is out of units.
// The wording is the service's (developer guide, "Error handling").
func ProvisionedTable(r ThrottlingReason) *Error {
	return &Error{Namespace: DynamoDB, Type: "ProvisionedThroughputExceededException", Status: 400,
		Message: "The level of configured provisioned throughput for the table was exceeded. " +
			"Consider increasing your provisioning level with the UpdateTable API.",
		Throttling: []ThrottlingReason{r}}
}

// ProvisionedIndex is the answer of a global index that is out of units, on
// reads of it and on writes to its table.
func ProvisionedIndex(r ThrottlingReason) *Error {
	return &Error{Namespace: DynamoDB, Type: "ProvisionedThroughputExceededException", Status: 400,
		Message: "The level of configured provisioned throughput for one or more global secondary indexes " +
			"of the table was exceeded. Consider increasing your provisioning level for the " +
			"under-provisioned global secondary indexes with the UpdateTable API",
		Throttling: []ThrottlingReason{r}}
}

// OnDemandMaximum is the answer over the maximum that an on-demand table or
// index was given. The wording is in the developer guide, "Diagnosing
// throttling".
func OnDemandMaximum(r ThrottlingReason) *Error {
	return &Error{Namespace: Availability, Type: "ThrottlingException", Status: 400,
		Message:    "Throughput exceeds the maximum OnDemandThroughput configured on table or index",
		Throttling: []ThrottlingReason{r}}
}

// KeyRange is the answer of an on-demand table over the limit of one
// partition.
func KeyRange(r ThrottlingReason) *Error {
	return &Error{Namespace: Availability, Type: "ThrottlingException", Status: 400,
		Message: "Throughput exceeds the current capacity of your table or index. DynamoDB is automatically " +
			"scaling your table or index so please try again shortly. If exceptions persist, check if you " +
			"have a hot key: https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/" +
			"bp-partition-key-design.html.",
		Throttling: []ThrottlingReason{r}}
}
