package fault

import "strings"

// Cancelled is the answer to a transaction of which at least one action cannot
// be done. Reasons are those of all its actions, by position.
func Cancelled(reasons []Reason) *Error {
	codes := make([]string, len(reasons))
	for i := range reasons {
		codes[i] = reasons[i].Code
	}
	return &Error{Namespace: DynamoDB, Type: "TransactionCanceledException", Status: 400, Capital: true,
		Message: "Transaction cancelled, please refer cancellation reasons for specific reasons [" +
			strings.Join(codes, ", ") + "]",
		Reasons: reasons}
}

// ReasonOf is why an action was cancelled: nil is none.
func ReasonOf(f *Error) Reason {
	if f == nil {
		return Reason{Code: "None"}
	}
	code, ok := map[string]string{
		"ConditionalCheckFailedException":          "ConditionalCheckFailed",
		"TransactionConflictException":             "TransactionConflict",
		"ItemCollectionSizeLimitExceededException": "ItemCollectionSizeLimitExceeded",
		"ProvisionedThroughputExceededException":   "ProvisionedThroughputExceeded",
		"ThrottlingException":                      "ThrottlingError",
		"DuplicateItemException":                   "DuplicateItem", // of ExecuteTransaction; not recorded
	}[f.Type]
	if !ok {
		code = "ValidationError"
	}
	return Reason{Code: code, Message: f.Message, Item: f.Item}
}

// TransactedTwice is the answer to a transaction with one item in two actions.
func TransactedTwice() *Error {
	return Validation("Transaction request cannot include multiple operations on one item")
}

// TransactionOfMany is the answer to an element of TransactItems with more than
// one action, TransactionOfNone to one without.
func TransactionOfMany() *Error {
	return Validation("TransactItems can only contain one of Check, Put, Update or Delete")
}

// TransactionOfNone is described at TransactionOfMany.
func TransactionOfNone() *Error {
	return Validation("Invalid Request: TransactWriteRequest should contain Delete or Put or Update request")
}

// TransactionTooLarge is the answer to a transaction of more than 4 MB. The
// wording is not recorded.
func TransactionTooLarge() *Error {
	return Validation("Collection size of the transaction has exceeded the maximum allowed size of 4194304 bytes")
}

// TokenMismatch is the answer to a ClientRequestToken that came with another
// request before. The wording is not recorded.
func TokenMismatch() *Error {
	return &Error{Namespace: DynamoDB, Type: "IdempotentParameterMismatchException", Status: 400, Capital: true,
		Message: "The request uses the same client token as a previous, but non-identical request."}
}

// TransactionInProgress is the answer to a token whose transaction is not
// decided yet. The wording is not recorded.
func TransactionInProgress() *Error {
	return &Error{Namespace: DynamoDB, Type: "TransactionInProgressException", Status: 400, Capital: true,
		Message: "Transaction is in progress for the client request token"}
}
