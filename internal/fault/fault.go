// Package fault is the catalogue of the errors that clients see: one
// constructor for each exact message. A test of a wording belongs beside its
// constructor, with the source of the wording.
package fault

// Namespaces of error types, as the service writes them before the '#' of
// __type.
const (
	DynamoDB = "com.amazonaws.dynamodb.v20120810"
	Streams  = "com.amazonaws.dynamodb.streams.v20120810"
	Coral    = "com.amazon.coral.service"
	Validate = "com.amazon.coral.validate"
)

// Error is an answer other than 200.
type Error struct {
	// Namespace and Type make __type: Namespace + "#" + Type.
	Namespace, Type string
	// Status is the HTTP status: 400 or 500.
	Status  int
	Message string
	// Capital says that the member is "Message" instead of "message".
	Capital bool
	// Item is the JSON of the item that failed a condition, if it was asked
	// for; the object that maps names to values.
	Item []byte
	// Reasons are those of a TransactionCanceledException, by position.
	Reasons []Reason
	// Throttling are the ThrottlingReasons of a throttled request.
	Throttling []ThrottlingReason
}

// Reason is why one action of a transaction was cancelled. Code "None" is a
// good one.
type Reason struct {
	Code, Message string
	// Item is as in Error.
	Item []byte
}

// ThrottlingReason tells what limit was hit: for example
// "TableWriteProvisionedThroughputExceeded" and the ARN it concerns.
type ThrottlingReason struct {
	Reason, Resource string
}

func (e *Error) Error() string { return e.Type + ": " + e.Message }

// Validation is a ValidationException with a given message. It is the
// building block of the catalogue: outside this package, use the constructor
// of the message.
func Validation(message string) *Error {
	return &Error{Namespace: Validate, Type: "ValidationException", Status: 400, Message: message}
}
