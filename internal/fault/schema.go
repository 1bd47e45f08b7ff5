package fault

import (
	"fmt"
	"strings"
)

// What is wrong with the description of a table. The wordings are those that
// dynalite's tests and the public conformance suite recorded, unless it says
// otherwise.

// invalidf is a ValidationException with the opening that most of them share.
func invalidf(format string, args ...any) *Error {
	return Validation(invalid + fmt.Sprintf(format, args...))
}

// Capacity.

// UnitsMissing: PROVISIONED without throughput.
func UnitsMissing() *Error {
	return invalidf("ReadCapacityUnits and WriteCapacityUnits must both be specified when BillingMode is PROVISIONED")
}

// UnitsOnDemand: PAY_PER_REQUEST with throughput.
func UnitsOnDemand() *Error {
	return invalidf("Neither ReadCapacityUnits nor WriteCapacityUnits can be specified when BillingMode is PAY_PER_REQUEST")
}

// UnitsOutOfBounds: more units than anything has.
func UnitsOutOfBounds(n int64, which string) *Error {
	return Validation(fmt.Sprintf("Given value %d for %s is out of bounds", n, which))
}

// IndexUnitsMissing: an index of a provisioned table without throughput.
func IndexUnitsMissing(index string) *Error {
	return invalidf("ProvisionedThroughput must be specified for index: %s", index)
}

// IndexUnitsOnDemand: an index of an on-demand table with throughput.
func IndexUnitsOnDemand(index string) *Error {
	return invalidf("ProvisionedThroughput should not be specified for index: %s when BillingMode is PAY_PER_REQUEST", index)
}

// UnitsUnchanged: UpdateTable with what the table has already.
func UnitsUnchanged(what string, read, write int64) *Error {
	return Validation(fmt.Sprintf("The provisioned throughput for the %[1]s will not change. "+
		"The requested value equals the current value. "+
		"Current ReadCapacityUnits provisioned for the %[1]s: %[2]d. Requested ReadCapacityUnits: %[2]d. "+
		"Current WriteCapacityUnits provisioned for the %[1]s: %[3]d. Requested WriteCapacityUnits: %[3]d. "+
		"Refer to the Amazon DynamoDB Developer Guide for current limits and how to request higher limits.", what, read, write))
}

// MaximaProvisioned: on-demand maxima of a provisioned table. Not recorded.
func MaximaProvisioned() *Error {
	return invalidf("OnDemandThroughput cannot be specified when BillingMode is PROVISIONED")
}

// MaximumInvalid: an on-demand maximum below one. Not recorded.
func MaximumInvalid(which string, n int64) *Error {
	return invalidf("%s must be greater than or equal to 1, but was %d", which, n)
}

// WarmTooLow: warm throughput below what the table has. Not recorded.
func WarmTooLow(which, what string, asked, has int64) *Error {
	return invalidf("Requested %s for WarmThroughput for %s is lower than the current value. Requested: %d, current: %d", which, what, asked, has)
}

// WarmWithIndex: UpdateTable with warm throughput beside a new index.
func WarmWithIndex() *Error {
	return Validation("Create global secondary index cannot be specified when updating WarmThroughput")
}

// Keys.

// KeyUndefined: fewer definitions than key attributes.
func KeyUndefined() *Error {
	return Validation("Invalid KeySchema: Some index key attribute have no definition")
}

// KeysUndefined: a key attribute without a definition.
func KeysUndefined(keys, defined []string) *Error {
	return invalidf("Some index key attributes are not defined in AttributeDefinitions. Keys: [%s], AttributeDefinitions: [%s]",
		strings.Join(keys, ", "), strings.Join(defined, ", "))
}

// KeyTwice: hash and range key are one attribute.
func KeyTwice() *Error {
	return Validation("Both the Hash Key and the Range Key element in the KeySchema have the same name")
}

// KeyNotHash: the first element is another one.
func KeyNotHash() *Error {
	return Validation("Invalid KeySchema: The first KeySchemaElement is not a HASH key type")
}

// KeyNotRange: the second element is another one.
func KeyNotRange() *Error {
	return Validation("Invalid KeySchema: The second KeySchemaElement is not a RANGE key type")
}

// KeyTooLong: more than four hash or four range attributes of a global index.
// Not recorded.
func KeyTooLong(index string) *Error {
	return invalidf("Index KeySchema has more than 4 HASH or more than 4 RANGE key attributes for index: %s", index)
}

// DefinedTwice: one attribute defined twice. Not recorded.
func DefinedTwice(name string) *Error {
	return invalidf("Duplicate AttributeName in AttributeDefinitions: %s", name)
}

// DefinitionsCount: definitions that the table's only key does not use.
func DefinitionsCount() *Error {
	return invalidf("Number of attributes in KeySchema does not exactly match number of attributes defined in AttributeDefinitions")
}

// DefinitionsUnused: definitions that no key uses.
func DefinitionsUnused(defined, used []string) *Error {
	return invalidf("Some AttributeDefinitions are not used. AttributeDefinitions: [%s], keys used: [%s]",
		strings.Join(defined, ", "), strings.Join(used, ", "))
}

// Indexes.

// IndexesEmpty: a list of indexes, which is "Local" or "Global", without any.
func IndexesEmpty(which string) *Error {
	return invalidf("List of %sSecondaryIndexes is empty", which)
}

// IndexTwice: two indexes of one name.
func IndexTwice(name string) *Error { return invalidf("Duplicate index name: %s", name) }

// IndexExists: UpdateTable making an index that is there.
func IndexExists() *Error {
	return Validation("Attempting to create an index which already exists")
}

// LocalWithoutRange: local indexes on a table without a range key.
func LocalWithoutRange() *Error {
	return invalidf("Table KeySchema does not have a range key, which is required when specifying a LocalSecondaryIndex")
}

// LocalKeyShort: a local index without a range key.
func LocalKeyShort(index string) *Error {
	return invalidf("Index KeySchema does not have a range key for index: %s", index)
}

// LocalHash: a local index with another hash key than the table's.
func LocalHash(index, hash, table string) *Error {
	return invalidf("Index KeySchema does not have the same leading hash key as table KeySchema for index: %s. "+
		"index hash key: %s, table hash key: %s", index, hash, table)
}

// LocalCount: more than five local indexes.
func LocalCount() *Error {
	return invalidf("Number of LocalSecondaryIndexes exceeds per-table limit of 5")
}

// GlobalCount: more than twenty global indexes.
func GlobalCount() *Error {
	return invalidf("GlobalSecondaryIndex count exceeds the per-table limit of 20")
}

// ProjectionUnknown: a projection without a type.
func ProjectionUnknown() *Error { return invalidf("Unknown ProjectionType: null") }

// ProjectionExtra: attributes named for a projection that takes none.
func ProjectionExtra(kind string) *Error {
	return invalidf("ProjectionType is %s, but NonKeyAttributes is specified", kind)
}

// ProjectionEmpty: INCLUDE without attributes.
func ProjectionEmpty() *Error {
	return invalidf("ProjectionType is INCLUDE, but NonKeyAttributes is not specified")
}

// ProjectionCount: more than a hundred projected attributes in all. Not
// recorded.
func ProjectionCount(n int) *Error {
	return invalidf("Total number of projected attributes across all indexes exceeds the limit of 100: %d", n)
}

// IndexOnline: a second index that is made or deleted at the same time.
func IndexOnline() *Error {
	return LimitExceeded("Subscriber limit exceeded: Only 1 online index can be created or deleted simultaneously per table")
}

// IndexUpdatedTwice: two changes of one index.
func IndexUpdatedTwice(name string) *Error {
	return invalidf("Only one global secondary index update per index is allowed simultaneously. Index: %s", name)
}

// IndexChangeUnclear: an index update that does not do exactly one thing. Not
// recorded.
func IndexChangeUnclear() *Error {
	return invalidf("One of GlobalSecondaryIndexUpdate's Create, Update or Delete must be specified")
}

// Settings.

// ClassUnknown: a table class that does not exist.
func ClassUnknown() *Error {
	return Validation("Invalid table-class parameter provided. Please try again with a valid table-class value: [STANDARD, STANDARD_INFREQUENT_ACCESS].")
}

// EncryptionKeyAlone: a key without SSEType. Not recorded.
func EncryptionKeyAlone() *Error {
	return invalidf("SSEType KMS must be specified when KMSMasterKeyId is specified")
}

// EncryptionType: SSEType AES256, which is no choice. Not recorded.
func EncryptionType(kind string) *Error {
	return invalidf("Unsupported SSEType: %s", kind)
}

// StreamViewMissing: a stream that is turned on without a view. Not recorded.
func StreamViewMissing() *Error {
	return invalidf("StreamViewType must be specified when StreamEnabled is true")
}

// StreamViewExtra: a stream that is turned off with a view. Not recorded.
func StreamViewExtra() *Error {
	return invalidf("StreamViewType cannot be specified when StreamEnabled is false")
}

// StreamOn: a stream that is on already.
func StreamOn(table string) *Error {
	return Validation("Table already has an enabled stream: TableName: " + table)
}

// StreamOff: a stream that is off already. Not recorded.
func StreamOff(table string) *Error {
	return Validation("Table already has a disabled stream: TableName: " + table)
}

// NothingToUpdate: an UpdateTable that changes nothing.
func NothingToUpdate() *Error {
	return Validation("At least one of ProvisionedThroughput, BillingMode, UpdateStreamEnabled, GlobalSecondaryIndexUpdates or SSESpecification or ReplicaUpdates is required")
}

// TableBusy is the answer to a change while another one is going on: doing is
// "created", "updated" or "deleted".
func TableBusy(doing, name string) *Error {
	return ResourceInUse("Attempt to change a resource which is still in use: Table is being " + doing + ": " + name)
}

// IndexNotFound: an index that is to be changed and is not there.
func IndexNotFound() *Error { return TableNotFound() }

// Protected: a table that may not be deleted.
func Protected() *Error {
	return Validation("Resource cannot be deleted as it is currently protected against deletion. Disable deletion protection first.")
}

// Unavailable is a refusal of something that this database does not have, in
// the words of the service for what is not supported. Not recorded.
func Unavailable(what string) *Error {
	return Validation(what + " is not supported")
}
