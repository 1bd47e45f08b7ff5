package fault

import (
	"fmt"
	"strconv"
)

// The wordings of this file are those that the public conformance suite of
// paritysuite recorded in eu-west-2 in October 2026, unless a comment says
// otherwise.

// NotWellFormed is the answer to a statement that cannot be read. Some
// statements get no detail.
func NotWellFormed(detail string) *Error {
	return Validation("Statement wasn't well formed, can't be processed: " + detail)
}

// Position is a place in a statement: line and column from 1, and the length
// of what stands there, in characters.
type Position struct{ Line, Column, Length int }

func (p Position) String() string { return fmt.Sprintf("%d:%d:%d", p.Line, p.Column, p.Length) }

// Aliasing is the answer to a table or a column that is given another name.
func Aliasing() *Error { return Validation("Aliasing is not supported") }

// EmptyBag is the answer to a set literal without elements.
func EmptyBag() *Error { return Validation("Empty bags are not supported") }

// NumberUnder is what is wrong with a number in a statement, whose place in its
// value is a path like "root.x[1]".
func NumberUnder(e *ValueError, path string) *Error {
	return Validation(e.older + " under " + path)
}

// PathComponent is the answer to a column that is not a path.
func PathComponent(at Position) *Error {
	return Validation("Unexpected path component at " + at.String())
}

// UnknownFunction is the answer to a function that a condition does not have.
func UnknownFunction(name string, at Position) *Error {
	return Validation("Unrecognized function: " + name + " at " + at.String())
}

// UnsupportedData is the answer to what is no value where a value should stand.
func UnsupportedData(what, path string, at Position) *Error {
	return Validation("Unsupported data type: " + what + " under key " + path + " at " + at.String())
}

// SetFunction is the answer to set_add and set_delete whose first argument is
// not what is assigned; name is in capitals, as in the others below.
func SetFunction(name string, at Position) *Error {
	return Validation("The first argument to " + name + " must equal the assignment value at " + at.String())
}

// SetFunctionType is the answer to set_add and set_delete of something else
// than a set. The position is that of the first argument.
func SetFunctionType(name string, at Position) *Error {
	return Validation("The second argument to " + name + " must be a value with type SET at " + at.String())
}

// SetFunctionCount is the answer to set_add and set_delete with any other
// number of arguments than two.
func SetFunctionCount(name string, at Position) *Error {
	return Validation(name + " must have exactly two arguments at " + at.String())
}

// StatementOperandCount is the answer to a function with too few or too many
// arguments.
func StatementOperandCount(name string, n int) *Error {
	return Validation("Incorrect number of operands for operator or function; operator or function: " + name +
		", number of operands: " + strconv.Itoa(n))
}

// Returning is the answer to a RETURNING of DELETE other than ALL OLD *.
func Returning(clause string) *Error {
	return Validation("Invalid returning clause: " + clause + ". Only RETURNING ALL OLD * is allowed in DELETE statements.")
}

// FromParts is the answer to a FROM of more than a table and an index.
func FromParts() *Error {
	return Validation("A path may contain at most 2 components in the FROM clause")
}

// FromEmpty is the answer to an empty name in FROM.
func FromEmpty() *Error { return Validation("Path component cannot be an empty string") }

// InsertIndex is the answer to an INSERT into an index.
func InsertIndex() *Error {
	return Validation("FROM clause may only contain a single table name")
}

// WriteIndex is the answer to an UPDATE or DELETE of an index.
func WriteIndex() *Error { return Validation("This operation is not supported on an index") }

// StatementNoIndex is the answer to an index that the table does not have.
func StatementNoIndex() *Error { return Validation("The table does not have the specified index") }

// StatementStrongIndex is the answer to a strong read of a global index.
func StatementStrongIndex() *Error {
	return Validation("Strongly consistent read is not supported on Global Secondary Indexes")
}

// StatementMultiKey is the answer to a read of an index whose key has several
// hash or several range attributes.
func StatementMultiKey() *Error {
	return Validation("PartiQL statements cannot be executed on tables with multi-attribute HASH keys or multi-attribute RANGE keys.")
}

// StatementFilter is the answer to a keyed read of an index whose WHERE
// mentions what the index does not hold.
func StatementFilter(index string, names string) *Error {
	return Validation(invalid + "Secondary index " + index + " does not project one or more filter attributes: [" + names + "]")
}

// WhereKey is the answer to an UPDATE or DELETE whose WHERE does not name one
// item. Its wording is that of posts by users of the service.
func WhereKey() *Error {
	return Validation("Where clause does not contain a mandatory equality on all key attributes")
}

// ParameterCount is the answer to more or fewer parameters than question
// marks. Its wording is that of posts by users of the service.
func ParameterCount() *Error {
	return Validation("Number of parameters in request and statement don't match.")
}

// OrderWithoutKey is the answer to an ORDER BY of a read that is not bound to
// partition keys. Its wording is that of posts by users of the service.
func OrderWithoutKey() *Error {
	return Validation("Must have at least one non-optional hash key condition in WHERE clause when using ORDER BY clause.")
}

// OrderWithoutWhere is the answer to an ORDER BY without WHERE. Its wording is
// that of posts by users of the service.
func OrderWithoutWhere() *Error {
	return Validation("Must have WHERE clause in the statement when using ORDER BY clause.")
}

// OrderAttribute is the answer to an ORDER BY of anything but a key attribute.
// Its wording is that of posts by users of the service.
func OrderAttribute(name string) *Error {
	return Validation("Variable reference " + name + " in ORDER BY clause must be part of the primary key")
}

// MixedSet is the answer to a set literal of several types, or of one that sets
// cannot hold. Not recorded.
func MixedSet() *Error {
	return Validation("Invalid set: elements must be strings, numbers or binaries of one type")
}

// NotConstant is the answer to an expression where a value should stand. Not
// recorded.
func NotConstant() *Error { return Validation("Only values are supported in this position") }

// StatementDepth is the answer to a literal of more than 32 levels.
func StatementDepth() *Error { return Validation("Nesting Levels have exceeded supported limits") }

// DuplicateItem is the answer to an INSERT of an item that exists. Its wording
// is that of the developer guide.
func DuplicateItem() *Error {
	return &Error{Namespace: DynamoDB, Type: "DuplicateItemException", Status: 400,
		Message: "Duplicate primary key exists in table"}
}

// InvalidNextToken is the answer to a NextToken of another statement, or one
// that is garbled. Not recorded.
func InvalidNextToken() *Error { return Validation("Given NextToken is invalid") }

// ExistsAlone is the answer to EXISTS outside of a transaction. Not recorded.
func ExistsAlone() *Error {
	return Validation("EXISTS() is only supported within ExecuteTransaction")
}

// MixedBatch is the answer to a batch of reads and writes. Not recorded.
func MixedBatch() *Error {
	return Validation("Read and write statements cannot be mixed in one BatchExecuteStatement")
}

// SelectWithoutKey is the answer to a SELECT that is to read one item, and
// whose WHERE is anything but the item's key.
func SelectWithoutKey(operation string) *Error {
	return Validation("Select statements within " + operation + " must specify the primary key in the where clause.")
}

// TransactReturning is the answer to RETURNING in a transaction.
func TransactReturning() *Error {
	return Validation("RETURNING clause is not supported in ExecuteTransaction.")
}

// TransactIndex is the answer to a read of an index in a transaction.
func TransactIndex() *Error {
	return Validation("Reads on indices are not supported within transactions.")
}

// TransactExists is the answer to an EXISTS that is not of one item and a
// further condition.
func TransactExists() *Error {
	return Validation("EXISTS() must contain a single item read with additional condition")
}

// InTransactStatement says which statement of a transaction an answer is of.
func InTransactStatement(i int, e *Error) *Error {
	return Validation("Validation failed in TransactStatements[" + strconv.Itoa(i) + "]: " + e.Message)
}

// MixedTransaction is the answer to a transaction of reads and writes. Not
// recorded.
func MixedTransaction() *Error {
	return Validation("Read and write statements cannot be mixed in one ExecuteTransaction")
}
