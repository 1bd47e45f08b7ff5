package api

// What the service does that its model does not say, or says otherwise. The
// wordings were recorded in eu-west-2 (the captures of the public conformance
// suite "dynamodb-conformance", June to September 2026) and by dynalite's
// tests.

// messageOrder is the order of members in messages where it is known not to be
// the model's, by structure.
var messageOrder = map[string][]string{
	"CreateTableInput":      {"AttributeDefinitions", "TableName", "BillingMode", "ProvisionedThroughput", "KeySchema"},
	"ProvisionedThroughput": {"WriteCapacityUnits", "ReadCapacityUnits"},
	"ListTablesInput":       {"Limit", "ExclusiveStartTableName"},
	"PutItemInput":          {"ReturnConsumedCapacity", "ReturnValues", "Item", "ReturnItemCollectionMetrics"},
	"DeleteItemInput":       {"ReturnConsumedCapacity", "ReturnValues", "Key", "ReturnItemCollectionMetrics"},
	"UpdateItemInput":       {"ReturnConsumedCapacity", "ReturnValues", "Key", "ReturnItemCollectionMetrics"},
}

// enumOrder is the order of sets of values in messages where it is known not
// to be the model's.
var enumOrder = map[string][]string{
	"ScalarAttributeType": {"B", "N", "S"},
	"Select":              {"SPECIFIC_ATTRIBUTES", "COUNT", "ALL_ATTRIBUTES", "ALL_PROJECTED_ATTRIBUTES"},
	"ProjectionType":      {"ALL", "INCLUDE", "KEYS_ONLY"},
	"ConditionalOperator": {"OR", "AND"},
	"ComparisonOperator": {"IN", "NULL", "BETWEEN", "LT", "NOT_CONTAINS", "EQ", "GT", "NOT_NULL", "NE", "LE",
		"BEGINS_WITH", "GE", "CONTAINS"},
}

// newStyle are the operations whose lengths and ranges are answered without
// the value, with members in their own spelling.
var newStyle = map[string]bool{
	"BatchGetItem": true, "GetItem": true, "PutItem": true, "DeleteItem": true, "UpdateItem": true,
	"Query": true, "Scan": true,
}

// returnValues is the answer to a wrong ReturnValues, with the service's own
// misspelling.
const returnValues = "Failed to satisfy constraint: Member must satisfy enum value set: " +
	"[ALL_OLD, UPDATED_OLD, ALL_NEW, UPDATE_NEW, NONE]"

// correct brings the model in line with the service.
func correct() {
	// The key schema of a table or of a local index has at most two elements;
	// that of a global index is checked with the table.
	keys := shapes[shapeIndex("KeySchema")]
	keys.max, keys.hasMax = 2, true
	shapes = append(shapes, keys)
	two := len(shapes) - 1
	for i := range shapes {
		s := &shapes[i]
		if order, ok := enumOrder[s.name]; ok {
			s.enum = order
		}
		switch s.name {
		case "CreateTableInput":
			for j := range s.members {
				switch m := &s.members[j]; m.name {
				case "KeySchema":
					m.shape, m.required = two, true
				case "AttributeDefinitions":
					m.required = true
				}
			}
		case "LocalSecondaryIndex", "TableCreationParameters":
			if j := memberIndex(s, "KeySchema"); j >= 0 {
				s.members[j].shape = two
			}
		case "AttributeName":
			// Names that are too long are refused with the item.
			s.hasMax = false
		case "TableClass":
			// A wrong one has its own answer.
			s.enum = nil
		case "TableArn":
			// Checked apart: it may be a name.
			s.hasMin, s.hasMax = false, false
		}
	}
}

func shapeIndex(name string) int {
	for i := range shapes {
		if shapes[i].name == name {
			return i
		}
	}
	panic("api: the model has no " + name)
}
