await client.send(new PutItemCommand({
  TableName: "Counter",
  Item: {
    PK: { S: "cnt" },
    val: { N: "11" },
    ver: { N: "2" }
  },
  ConditionExpression: "ver = :v",
  ExpressionAttributeValues: {
    ":v": { N: "1" }
  }
}));
