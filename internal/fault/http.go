package fault

// What goes wrong before an operation is known, in the order in which the
// service looks. Recorded wordings: the connection tests of dynalite.

// UnknownOperation is the answer to a target that names no operation.
func UnknownOperation() *Error {
	return &Error{Namespace: Coral, Type: "UnknownOperationException", Status: 400}
}

// MissingToken is the answer to a request without credentials.
func MissingToken() *Error {
	return &Error{Namespace: Coral, Type: "MissingAuthenticationTokenException", Status: 400,
		Message: "Request is missing Authentication Token"}
}

// IncompleteSignature is the answer to an Authorization header that lacks a
// part; the message ends with the header itself.
func IncompleteSignature(message string) *Error {
	return &Error{Namespace: Coral, Type: "IncompleteSignatureException", Status: 400, Message: message}
}

// InvalidSignature is the answer to credentials that contradict themselves.
func InvalidSignature(message string) *Error {
	return &Error{Namespace: Coral, Type: "InvalidSignatureException", Status: 400, Message: message}
}

// NotJSON is the answer to a body that is not a JSON object, or that cannot be
// uncompressed. It has no message.
func NotJSON() *Error {
	return &Error{Namespace: Coral, Type: "SerializationException", Status: 400}
}

// Serialization is the answer to JSON of the wrong shape. Its member is
// spelled "Message".
func Serialization(message string) *Error {
	return &Error{Namespace: Coral, Type: "SerializationException", Status: 400, Message: message, Capital: true}
}

// Internal is the answer to everything that is not the client's doing. SDKs
// try again.
func Internal() *Error {
	return &Error{Namespace: DynamoDB, Type: "InternalServerError", Status: 500, Message: "Internal server error"}
}
