package bench

// row is one line of the report: a load, and the node it is put on.
type row struct {
	Name, Title string
	Durability  string
	Partitions  int
	Connections int
	// Table is what the load needs.
	Table table
	// Reach is the ratio to the ceiling that the project wants; 0 is none.
	Reach float64
	// ReachWait is how many microseconds a request may wait beyond the ceiling's
	// and an fsync, on a machine with the reference ceiling; 0 is not known.
	ReachWait float64
	load      func(*Options) load
}

// table is made before a row is measured.
type table struct {
	// Range says that items have a sort key, "sk", ten to a partition key.
	Range bool
	// Filled says that Options.Items items are there.
	Filled bool
	// Global is the number of global indexes, each of which keeps whole items.
	Global int
	// Stream turns the change stream on.
	Stream bool
}

const tableName = "bench"

// rows are all there is to measure, in the order of the report.
var rows = []row{
	{
		Name: "put", Title: "PutItem", Durability: "fsync", Partitions: 1, Connections: 64, Reach: 0.35,
		load: func(o *Options) load { return newPut(o, tableName) },
	}, {
		Name: "put-256", Title: "PutItem over many connections", Durability: "fsync", Partitions: 1, Connections: 256, Reach: 0.50,
		load: func(o *Options) load { return newPut(o, tableName) },
	}, {
		Name: "put-process", Title: "PutItem that survives a killed process only", Durability: "process", Partitions: 1, Connections: 64, Reach: 0.50,
		load: func(o *Options) load { return newPut(o, tableName) },
	}, {
		Name: "put-partitions", Title: "PutItem on 512 active partitions", Durability: "fsync", Partitions: 512, Connections: 64, Reach: 0.33,
		load: func(o *Options) load { return newPut(o, tableName) },
	}, {
		Name: "put-one", Title: "PutItem over one connection", Durability: "fsync", Partitions: 1, Connections: 1, ReachWait: 120,
		load: func(o *Options) load { return newPut(o, tableName) },
	}, {
		Name: "update", Title: "UpdateItem with a condition, of random items", Durability: "fsync", Partitions: 1, Connections: 64,
		Reach: 20_000. / referenceCeiling,
		Table: table{Filled: true},
		load:  func(o *Options) load { return &update{newKeys(o)} },
	}, {
		Name: "get", Title: "GetItem, strong", Durability: "fsync", Partitions: 1, Connections: 64, Reach: 0.60,
		Table: table{Filled: true},
		load:  func(o *Options) load { return &get{newKeys(o), true} },
	}, {
		Name: "get-eventual", Title: "GetItem, eventual", Durability: "fsync", Partitions: 1, Connections: 64,
		Table: table{Filled: true},
		load:  func(o *Options) load { return &get{newKeys(o), false} },
	}, {
		Name: "mixed", Title: "half conditional PutItem, half strong GetItem", Durability: "process", Partitions: 1, Connections: 64, Reach: 0.50,
		Table: table{Filled: true},
		load:  func(o *Options) load { return &mixed{newPut(o, tableName), &get{newKeys(o), true}} },
	}, {
		Name: "query", Title: "Query of 10 items", Durability: "fsync", Partitions: 1, Connections: 64, Reach: 0.45,
		Table: table{Filled: true, Range: true},
		load:  func(o *Options) load { return &query{newKeys(o)} },
	}, {
		Name: "put-index", Title: "PutItem with one global index", Durability: "fsync", Partitions: 1, Connections: 64,
		Table: table{Global: 1},
		load:  func(o *Options) load { return newPut(o, tableName) },
	}, {
		Name: "put-indexes", Title: "PutItem with five global indexes", Durability: "fsync", Partitions: 1, Connections: 64,
		Table: table{Global: 5},
		load:  func(o *Options) load { return newPut(o, tableName) },
	}, {
		Name: "put-stream", Title: "PutItem with the change stream on", Durability: "fsync", Partitions: 1, Connections: 64,
		Table: table{Stream: true},
		load:  func(o *Options) load { return newPut(o, tableName) },
	}, {
		Name: "transact-one", Title: "TransactWriteItems of 2 items in one partition", Durability: "fsync", Partitions: 1, Connections: 64,
		load: func(o *Options) load { return &transact{newPut(o, tableName)} },
	}, {
		Name: "transact-many", Title: "TransactWriteItems of 2 items, most in two of 64 partitions", Durability: "fsync", Partitions: 64, Connections: 64,
		load: func(o *Options) load { return &transact{newPut(o, tableName)} },
	},
}
