package fault

// TableNotFound is the answer of item operations on a table that does not
// exist.
func TableNotFound() *Error {
	return &Error{Namespace: DynamoDB, Type: "ResourceNotFoundException", Status: 400,
		Message: "Requested resource not found"}
}

// TableNamedNotFound is the answer of operations on tables, which name it.
func TableNamedNotFound(name string) *Error {
	return &Error{Namespace: DynamoDB, Type: "ResourceNotFoundException", Status: 400,
		Message: "Requested resource not found: Table: " + name + " not found"}
}

// TableExists is CreateTable's answer to a name that is taken.
func TableExists(name string) *Error {
	return &Error{Namespace: DynamoDB, Type: "ResourceInUseException", Status: 400,
		Message: "Table already exists: " + name}
}

// ResourceInUse is the answer while a table or an index is being changed.
func ResourceInUse(message string) *Error {
	return &Error{Namespace: DynamoDB, Type: "ResourceInUseException", Status: 400, Message: message}
}

// LimitExceeded is the answer to a request that is over one of the account's
// limits.
func LimitExceeded(message string) *Error {
	return &Error{Namespace: DynamoDB, Type: "LimitExceededException", Status: 400, Message: message}
}
