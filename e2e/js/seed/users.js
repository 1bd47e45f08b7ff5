await client.send(new PutItemCommand({
  TableName: "Users",
  Item: {
    PK: { S: "user_123" },
    SK: { S: "profile" },
    role: { S: "engineer" }
  }
}));
