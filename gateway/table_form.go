package gateway

// The parts of requests that make and change tables, with the members' names.
type (
	attributeForm struct{ AttributeName, AttributeType string }
	keyForm       struct{ AttributeName, KeyType string }
	projectForm   struct {
		ProjectionType   *string
		NonKeyAttributes []string
	}
	throughputForm struct{ ReadCapacityUnits, WriteCapacityUnits int64 }
	onDemandForm   struct{ MaxReadRequestUnits, MaxWriteRequestUnits *int64 }
	warmForm       struct{ ReadUnitsPerSecond, WriteUnitsPerSecond *int64 }
	streamForm     struct {
		StreamEnabled  bool
		StreamViewType *string
	}
	sseForm struct {
		Enabled                 *bool
		SSEType, KMSMasterKeyId *string
	}
	tagForm   struct{ Key, Value string }
	indexForm struct {
		IndexName             string
		KeySchema             []keyForm
		Projection            *projectForm
		ProvisionedThroughput *throughputForm
		OnDemandThroughput    *onDemandForm
		WarmThroughput        *warmForm
	}
	createTableForm struct {
		TableName                                     string
		AttributeDefinitions                          []attributeForm
		KeySchema                                     []keyForm
		LocalSecondaryIndexes, GlobalSecondaryIndexes *[]indexForm
		BillingMode                                   *string
		ProvisionedThroughput                         *throughputForm
		StreamSpecification                           *streamForm
		SSESpecification                              *sseForm
		Tags                                          []tagForm
		TableClass                                    *string
		DeletionProtectionEnabled                     bool
		WarmThroughput                                *warmForm
		OnDemandThroughput                            *onDemandForm
		ResourcePolicy, GlobalTableSourceArn          *string
		VectorIndexes                                 []struct{ IndexName string }
	}
	indexChangeForm struct {
		Update, Create *indexForm
		Delete         *struct{ IndexName string }
	}
	updateTableForm struct {
		TableName                   string
		AttributeDefinitions        []attributeForm
		BillingMode                 *string
		ProvisionedThroughput       *throughputForm
		GlobalSecondaryIndexUpdates *[]indexChangeForm
		StreamSpecification         *streamForm
		SSESpecification            *sseForm
		ReplicaUpdates              []struct{}
		TableClass                  *string
		DeletionProtectionEnabled   *bool
		MultiRegionConsistency      *string
		GlobalTableWitnessUpdates   []struct{}
		OnDemandThroughput          *onDemandForm
		WarmThroughput              *warmForm
		VectorIndexUpdates          []struct{}
	}
)
