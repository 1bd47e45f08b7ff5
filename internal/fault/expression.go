package fault

import (
	"strconv"
	"strings"
)

// The errors of expressions. kind is always the name of the parameter that
// holds the expression: "ConditionExpression" and so on. Unless a comment says
// otherwise the wordings are those recorded against the service by public test
// suites (dynalite's, and the DynamoDB conformance suite of 2026).

// MaxExpressionBytes, MaxOperators and MaxInOperands are the limits of an
// expression: "Service, account, and table quotas", Expression parameters.
const (
	MaxExpressionBytes = 4096
	MaxOperators       = 300
	MaxInOperands      = 100
)

func invalidExpression(kind, detail string) *Error {
	return Validation("Invalid " + kind + ": " + detail)
}

// ExpressionEmpty: the expression has no text.
func ExpressionEmpty(kind string) *Error {
	return invalidExpression(kind, "The expression can not be empty;")
}

// ExpressionTooLong: the expression has more than MaxExpressionBytes.
func ExpressionTooLong(kind string, size int) *Error {
	return invalidExpression(kind, "Expression size has exceeded the maximum allowed size; expression size: "+strconv.Itoa(size))
}

// ExpressionTooManyOperators: the expression has more than MaxOperators
// operators and functions.
func ExpressionTooManyOperators(kind string, count int) *Error {
	return invalidExpression(kind, "The expression contains too many operators; operator count: "+strconv.Itoa(count))
}

// ExpressionSyntax: the grammar has no place for a token; near is the text from
// the token before it to the token after it.
func ExpressionSyntax(kind, token, near string) *Error {
	return invalidExpression(kind, `Syntax error; token: "`+token+`", near: "`+near+`"`)
}

// RedundantParentheses: two pairs of parentheses around the same thing.
func RedundantParentheses(kind string) *Error {
	return invalidExpression(kind, "The expression has redundant parentheses;")
}

// InvalidFunctionName: no function of this kind of expression has that name.
func InvalidFunctionName(kind, function string) *Error {
	return invalidExpression(kind, "Invalid function name; function: "+function)
}

// MisusedFunction: a condition stands where a value should, or the other way
// round.
func MisusedFunction(kind, function string) *Error {
	return invalidExpression(kind, "The function is not allowed to be used this way in an expression; function: "+function)
}

// ReservedKeyword: an attribute name written without a placeholder is one of
// the reserved words.
func ReservedKeyword(kind, word string) *Error {
	return invalidExpression(kind, "Attribute name is a reserved keyword; reserved keyword: "+word)
}

// UndefinedName: ExpressionAttributeNames lacks a name.
func UndefinedName(kind, name string) *Error {
	return invalidExpression(kind, "An expression attribute name used in the document path is not defined; attribute name: "+name)
}

// UndefinedValue: ExpressionAttributeValues lacks a value.
func UndefinedValue(kind, value string) *Error {
	return invalidExpression(kind, "An expression attribute value used in expression is not defined; attribute value: "+value)
}

// OperandCount: a function has too few or too many operands.
func OperandCount(kind, function string, count int) *Error {
	return invalidExpression(kind, "Incorrect number of operands for operator or function; operator or function: "+
		function+", number of operands: "+strconv.Itoa(count))
}

// TooManyOperands: IN with more than MaxInOperands.
func TooManyOperands(kind string, count int) *Error {
	return invalidExpression(kind, "The IN operator is provided with too many operands; number of operands: "+strconv.Itoa(count))
}

// ForeignFunction: a function of update expressions in a condition, or the
// other way round.
func ForeignFunction(kind, function string) *Error {
	where := "a condition"
	if kind == "UpdateExpression" {
		where = "an update"
	}
	return invalidExpression(kind, "The function is not allowed in "+where+" expression; function: "+function)
}

// OperandsNotDistinct: both operands are the same path. path is as
// expr.Path.String has it.
func OperandsNotDistinct(kind, operator, path string) *Error {
	return invalidExpression(kind, "The first operand must be distinct from the remaining operands for this operator or function; operator: "+
		operator+", first operand: "+path)
}

// PathRequired: an operand of a function must be a document path.
func PathRequired(kind, function string) *Error {
	return invalidExpression(kind, "Operator or function requires a document path; operator or function: "+function)
}

// OperandType: an operand can never have the type that is needed. tag is the
// type's tag ("N"), or the set of the tags a path could have.
func OperandType(kind, function, tag string) *Error {
	return invalidExpression(kind, "Incorrect operand type for operator or function; operator or function: "+
		function+", operand type: "+tag)
}

// AttributeTypeName: attribute_type asks for a type that does not exist.
func AttributeTypeName(kind, name string) *Error {
	return invalidExpression(kind, "Invalid attribute type name found; type: "+name+
		", valid types: {B,NULL,SS,BOOL,L,BS,N,NS,S,M}")
}

// BetweenTypes: the bounds have different types. The bounds are written as in
// {S:a}.
func BetweenTypes(kind, lower, upper string) *Error {
	return invalidExpression(kind, "The BETWEEN operator requires same data type for lower and upper bounds; lower bound operand: AttributeValue: "+
		lower+", upper bound operand: AttributeValue: "+upper)
}

// BetweenOrder: the lower bound is above the upper one.
func BetweenOrder(kind, lower, upper string) *Error {
	return invalidExpression(kind, "The BETWEEN operator requires upper bound to be greater than or equal to lower bound; lower bound operand: AttributeValue: "+
		lower+", upper bound operand: AttributeValue: "+upper)
}

// ListIndexRange: an index in a path is too large. Not recorded.
func ListIndexRange(kind, index string) *Error {
	return invalidExpression(kind, "List index is not within the allowable range; index: ["+index+"]")
}

// PathTooDeep: a path has more steps than values can be nested. Not recorded.
func PathTooDeep(kind string, steps int) *Error {
	return invalidExpression(kind, "The document path has too many nesting elements; nesting elements: "+strconv.Itoa(steps))
}

// SectionTwice: an update has two sections of the same name.
func SectionTwice(kind, section string) *Error {
	return invalidExpression(kind, `The "`+section+`" section can only be used once in an update expression;`)
}

// PathsOverlap: one path leads to, or into, what the other one leads to.
func PathsOverlap(kind, one, two string) *Error {
	return invalidExpression(kind, "Two document paths overlap with each other; must remove or rewrite one of these paths; path one: "+
		one+", path two: "+two)
}

// PathsConflict: one path takes for a list what the other one takes for a map.
func PathsConflict(kind, one, two string) *Error {
	return invalidExpression(kind, "Two document paths conflict with each other; must remove or rewrite one of these paths; path one: "+
		one+", path two: "+two)
}

// UpdateOperandType: the value of an ADD or DELETE has a type they cannot work
// with; typeName is the long name ("STRING"). The set is the same for both
// (eu-west-2, September 2026).
func UpdateOperandType(kind, operator, typeName string) *Error {
	return invalidExpression(kind, "Incorrect operand type for operator or function; operator: "+
		operator+", operand type: "+typeName+", typeSet: ALLOWED_FOR_ADD_OPERAND")
}

// UnusedNames: ExpressionAttributeNames has names that no expression uses.
func UnusedNames(names []string) *Error {
	return Validation("Value provided in ExpressionAttributeNames unused in expressions: keys: {" + strings.Join(names, ", ") + "}")
}

// UnusedValues: ExpressionAttributeValues has values that no expression uses.
func UnusedValues(values []string) *Error {
	return Validation("Value provided in ExpressionAttributeValues unused in expressions: keys: {" + strings.Join(values, ", ") + "}")
}

// EmptyNames: ExpressionAttributeNames is there but empty.
func EmptyNames() *Error {
	return Validation("ExpressionAttributeNames must not be empty")
}

// EmptyValues: ExpressionAttributeValues is there but empty.
func EmptyValues() *Error {
	return Validation("ExpressionAttributeValues must not be empty")
}

// InvalidNameKey: a key of ExpressionAttributeNames is not # and a word.
func InvalidNameKey(key string) *Error {
	return Validation(`ExpressionAttributeNames contains invalid key: Syntax error; key: "` + key + `"`)
}

// InvalidNameValue: a name of ExpressionAttributeNames stands for no attribute.
// Not recorded.
func InvalidNameValue(key string) *Error {
	return Validation(`ExpressionAttributeNames contains invalid value: Empty attribute name; key: "` + key + `"`)
}

// InvalidValueKey: a key of ExpressionAttributeValues is not : and a word.
func InvalidValueKey(key string) *Error {
	return Validation(`ExpressionAttributeValues contains invalid key: Syntax error; key: "` + key + `"`)
}

// UpdateOperand: an operand, as the item has it, does not fit the update.
func UpdateOperand() *Error {
	return Validation("An operand in the update expression has an incorrect data type")
}

// UpdatePath: a path of an update leads through something that is not there or
// is neither a map nor a list.
func UpdatePath() *Error {
	return Validation("The document path provided in the update expression is invalid for update")
}

// UpdateMissing: an update reads an attribute that the item does not have.
func UpdateMissing() *Error {
	return Validation("The provided expression refers to an attribute that does not exist in the item")
}

// The rules of a KeyConditionExpression. The prefix is as recorded for "one
// condition per key" (eu-west-2, October 2026).

const keyCondition = "KeyConditionExpression"

// KeyConditionOperator: an operator or function that no key condition may use.
func KeyConditionOperator(operator string) *Error {
	return invalidExpression(keyCondition, "Invalid operator used in KeyConditionExpression: "+operator)
}

// KeyConditionNested: a function inside a condition.
func KeyConditionNested() *Error {
	return invalidExpression(keyCondition, "KeyConditionExpressions cannot contain nested operations")
}

// KeyConditionPath: a path of more than one step.
func KeyConditionPath() *Error {
	return invalidExpression(keyCondition, "KeyConditionExpressions cannot have conditions on nested attributes")
}

// KeyConditionFirst: BETWEEN or begins_with with the attribute elsewhere than
// first.
func KeyConditionFirst(operator string) *Error {
	return invalidExpression(keyCondition, "Invalid condition in KeyConditionExpression: "+operator+" operator must have the key attribute as its first operand")
}

// KeyConditionNames: two attributes in one condition.
func KeyConditionNames() *Error {
	return invalidExpression(keyCondition, "Invalid condition in KeyConditionExpression: Multiple attribute names used in one condition")
}

// KeyConditionNoName: a condition between values only.
func KeyConditionNoName() *Error {
	return invalidExpression(keyCondition, "Invalid condition in KeyConditionExpression: No key attribute specified")
}

// KeyConditionTwice: two conditions on one attribute.
func KeyConditionTwice() *Error {
	return invalidExpression(keyCondition, "KeyConditionExpressions must only contain one condition per key")
}
