package fault

// What is wrong with a request about a resource that is not an item. Recorded
// by dynalite's tests and the public conformance suite, unless it says
// otherwise.

// ResourceARNInvalid: a ResourceArn that is none of a table.
func ResourceARNInvalid(arn string) *Error {
	return Validation("Invalid TableArn: Invalid ResourceArn provided as input " + arn)
}

// ResourceARNNotFound: the ARN of a table that is not there. The misspelling is
// the service's.
func ResourceARNNotFound(arn string) *Error {
	return &Error{Namespace: DynamoDB, Type: "ResourceNotFoundException", Status: 400,
		Message: "Requested resource not found: ResourcArn: " + arn + " not found"}
}

// NotAuthorized is the answer about what belongs to somebody else, and to what
// an account has not been given. The message is not recorded.
func NotAuthorized(operation, resource string) *Error {
	return &Error{Namespace: Coral, Type: "AccessDeniedException", Status: 400, Capital: true,
		Message: "User is not authorized to perform: dynamodb:" + operation + " on resource: " + resource}
}

// TagsMissing: TagResource without tags.
func TagsMissing() *Error {
	return Validation("Atleast one Tag needs to be provided as Input.")
}

// TagKeysMissing: UntagResource without keys.
func TagKeysMissing() *Error {
	return Validation("Atleast one Tag Key needs to be provided as Input.")
}

// TagReserved: a key of the service's own. Not recorded.
func TagReserved(key string) *Error {
	return invalidf("Tag key prefix aws: is reserved: %s", key)
}

// TagCount: more than fifty tags. Not recorded.
func TagCount() *Error {
	return invalidf("Number of tags exceeds the limit of 50")
}

// TimeToLiveOn: turning on what is on.
func TimeToLiveOn() *Error { return Validation("TimeToLive is already enabled") }

// TimeToLiveOff: turning off what is off.
func TimeToLiveOff() *Error { return Validation("TimeToLive is already disabled") }

// TimeToLiveElsewhere: another attribute than the one that is on.
func TimeToLiveElsewhere(attribute string) *Error {
	return Validation("TimeToLive is active on a different AttributeName: current AttributeName is " + attribute)
}

// PolicyNotFound: a table without a resource policy.
func PolicyNotFound(arn string) *Error {
	return &Error{Namespace: DynamoDB, Type: "PolicyNotFoundException", Status: 400,
		Message: "Resource-based policy not found for the provided ResourceArn: " + arn}
}

// PolicyRevision: a policy that is not of the expected revision.
func PolicyRevision(arn string) *Error {
	return &Error{Namespace: DynamoDB, Type: "PolicyNotFoundException", Status: 400,
		Message: "Resource-based policy not found for the provided ResourceArn: Requested update with an incorrect revision id: " + arn}
}

// PolicyInvalid: a policy that is not a JSON object. Not recorded.
func PolicyInvalid() *Error {
	return Validation("Invalid policy document: The policy is not valid JSON")
}

// TableGone is the answer of backup operations about a table that does not
// exist.
func TableGone(name string) *Error {
	return &Error{Namespace: DynamoDB, Type: "TableNotFoundException", Status: 400, Message: "Table not found: " + name}
}

// named is an error of the data types that say what was not found, or is not
// available. The messages are not recorded.
func named(kind, message string) *Error {
	return &Error{Namespace: DynamoDB, Type: kind, Status: 400, Message: message}
}

// BackupNotFound: no backup of that ARN.
func BackupNotFound(arn string) *Error {
	return named("BackupNotFoundException", "Backup not found: "+arn)
}

// BackupsUnavailable: no backups can be taken.
func BackupsUnavailable(table string) *Error {
	return named("ContinuousBackupsUnavailableException", "Backups are not available for the table: "+table)
}

// RecoveryOff: point-in-time recovery that is off, or does not reach back.
func RecoveryOff(table string) *Error {
	return named("PointInTimeRecoveryUnavailableException", "Point in time recovery is not enabled for table '"+table+"'")
}

// ExportNotFound: no export of that ARN.
func ExportNotFound(arn string) *Error {
	return named("ExportNotFoundException", "Export not found: "+arn)
}

// ImportNotFound: no import of that ARN.
func ImportNotFound(arn string) *Error {
	return named("ImportNotFoundException", "Import not found: "+arn)
}

// GlobalTableNotFound: no global table of that name.
func GlobalTableNotFound(name string) *Error {
	return named("GlobalTableNotFoundException", "Global table not found: Global table with name: '"+name+"' does not exist.")
}

// ResourceNotFound names what is missing.
func ResourceNotFound(what string) *Error {
	return named("ResourceNotFoundException", "Requested resource not found: "+what)
}
