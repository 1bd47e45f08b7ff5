package fault

import "fmt"

func streamFault(kind, message string) *Error {
	return &Error{Namespace: DynamoDB, Type: kind, Status: 400, Message: message}
}

// StreamNotFound is the answer for an ARN that no stream has. Wording recorded
// by clients of the service.
func StreamNotFound(arn string) *Error {
	return streamFault("ResourceNotFoundException", "Requested resource not found: Stream: "+arn+" not found")
}

// ShardNotFound is the answer for a shard that the stream does not have. The
// wording is not recorded.
func ShardNotFound(arn, shard string) *Error {
	return streamFault("ResourceNotFoundException", fmt.Sprintf("Requested resource not found: Shard: %s not found in stream %s", shard, arn))
}

// TrimmedData is the answer to an iterator or a sequence number whose records
// are past their 24 hours. Wording of the API reference's description.
func TrimmedData() *Error {
	return streamFault("TrimmedDataAccessException", "The operation attempted to read past the oldest stream record in a shard.")
}

// ExpiredIterator is the answer to an iterator older than 15 minutes. The
// wording is not recorded.
func ExpiredIterator() *Error {
	return streamFault("ExpiredIteratorException", "Iterator expired. The iterator was created more than 15 minutes ago.")
}

// InvalidIterator is the answer to an iterator that is none of ours.
func InvalidIterator() *Error { return Validation("Invalid ShardIterator") }

// SequenceMissing is the answer to an iterator type that needs a sequence
// number and has none. The wording is not recorded.
func SequenceMissing(kind string) *Error {
	return Validation("SequenceNumber is required for ShardIteratorType " + kind)
}

// SequenceUnwanted is the answer to a sequence number beside an iterator type
// that has no use for one. The wording is not recorded.
func SequenceUnwanted(kind string) *Error {
	return Validation("SequenceNumber must not be specified for ShardIteratorType " + kind)
}

// TimestampMissing is the answer to AT_TIMESTAMP without a time. The wording
// is not recorded.
func TimestampMissing() *Error {
	return Validation("Timestamp is required for ShardIteratorType AT_TIMESTAMP")
}

// TimestampUnwanted is the answer to a time beside another iterator type. The
// wording is not recorded.
func TimestampUnwanted(kind string) *Error {
	return Validation("Timestamp must not be specified for ShardIteratorType " + kind)
}

// InvalidSequence is the answer to a sequence number that is outside the
// shard. The wording is not recorded.
func InvalidSequence(sequence, shard string) *Error {
	return Validation("Invalid SequenceNumber: " + sequence + " is not in shard " + shard)
}

// ShardFilterIncomplete is the answer to a CHILD_SHARDS filter without a
// shard. The wording is not recorded.
func ShardFilterIncomplete() *Error {
	return Validation("ShardId is required when ShardFilter Type is CHILD_SHARDS")
}

// TimestampInFuture is the answer to AT_TIMESTAMP with a time that has not
// come. The wording is not recorded.
func TimestampInFuture() *Error {
	return Validation("Timestamp must not be in the future for ShardIteratorType AT_TIMESTAMP")
}
