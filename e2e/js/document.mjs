// The document client of the JavaScript SDK: native values in and out, all of
// the item operations, pagination.
import assert from 'node:assert/strict';
import { DynamoDBClient, CreateTableCommand, DeleteTableCommand, ListTablesCommand } from '@aws-sdk/client-dynamodb';
import {
  BatchGetCommand, BatchWriteCommand, DeleteCommand, DynamoDBDocumentClient, GetCommand, NumberValue,
  PutCommand, QueryCommand, ScanCommand, UpdateCommand, paginateQuery, paginateScan,
} from '@aws-sdk/lib-dynamodb';

const base = new DynamoDBClient({ maxAttempts: 2 });
const client = DynamoDBDocumentClient.from(base, { marshallOptions: { removeUndefinedValues: true } });
const TableName = 'orders';
await base.send(new CreateTableCommand({
  TableName,
  AttributeDefinitions: [{ AttributeName: 'customer', AttributeType: 'S' }, { AttributeName: 'number', AttributeType: 'N' },
    { AttributeName: 'amount', AttributeType: 'N' }],
  KeySchema: [{ AttributeName: 'customer', KeyType: 'HASH' }, { AttributeName: 'number', KeyType: 'RANGE' }],
  LocalSecondaryIndexes: [{
    IndexName: 'by-amount', Projection: { ProjectionType: 'ALL' },
    KeySchema: [{ AttributeName: 'customer', KeyType: 'HASH' }, { AttributeName: 'amount', KeyType: 'RANGE' }],
  }],
  BillingMode: 'PAY_PER_REQUEST',
}));
assert.deepEqual((await base.send(new ListTablesCommand({}))).TableNames, [TableName]);

// Every type, there and back.
const order = {
  customer: 'ann', number: 1, amount: 12.5, paid: true, note: null, blank: '', bytes: new Uint8Array([0, 1, 255]),
  goods: [{ sku: 'a', count: 2 }, { sku: 'b', count: 1, tags: new Set(['red', 'blue']) }],
  sizes: new Set([1, 2.5, -3]), nested: { deep: { deeper: ['x', [1, [2]]] } }, unicode: 'żółć 🐈', missing: undefined,
};
await client.send(new PutCommand({ TableName, Item: order }));
const got = (await client.send(new GetCommand({ TableName, Key: { customer: 'ann', number: 1 }, ConsistentRead: true }))).Item;
const { missing, ...stored } = order;
assert.deepEqual(got, stored);
assert.equal((await client.send(new GetCommand({ TableName, Key: { customer: 'nobody', number: 1 } }))).Item, undefined);

// Updates.
const updated = await client.send(new UpdateCommand({
  TableName, Key: { customer: 'ann', number: 1 },
  UpdateExpression: 'SET #t = #t + :more, goods[0].#c = :three, story = list_append(if_not_exists(story, :none), :entry) REMOVE blank ADD sizes :size',
  ConditionExpression: 'paid = :yes AND attribute_not_exists(cancelled)',
  ExpressionAttributeNames: { '#t': 'amount', '#c': 'count' },
  ExpressionAttributeValues: { ':more': 0.1, ':three': 3, ':none': [], ':entry': ['raised'], ':size': new Set([7]), ':yes': true },
  ReturnValues: 'ALL_NEW',
}));
assert.equal(updated.Attributes.amount, 12.6); // decimal, not binary, arithmetic
assert.equal(updated.Attributes.goods[0].count, 3);
assert.deepEqual(updated.Attributes.story, ['raised']);
assert.deepEqual(updated.Attributes.sizes, new Set([-3, 1, 2.5, 7]));
assert.ok(!('blank' in updated.Attributes));

// Numbers keep 38 digits when the client asks for them.
const precise = '1234567890123456789012345678901234567.8';
await client.send(new PutCommand({ TableName, Item: { customer: 'big', number: 1, n: NumberValue.from(precise) } }));
const exact = new DynamoDBClient({ maxAttempts: 2 });
const wrapped = DynamoDBDocumentClient.from(exact, { unmarshallOptions: { wrapNumbers: true } });
assert.equal((await wrapped.send(new GetCommand({ TableName, Key: { customer: 'big', number: 1 } }))).Item.n.toString(), precise);
exact.destroy();

// A batch of writes, read back in every way.
for (let i = 0; i < 4; i++) {
  const puts = Array.from({ length: 25 }, (_, j) => ({
    PutRequest: { Item: { customer: 'bob', number: i * 25 + j, amount: 1000 - (i * 25 + j), pad: 'x'.repeat(200) } },
  }));
  const { UnprocessedItems } = await client.send(new BatchWriteCommand({ RequestItems: { [TableName]: puts } }));
  assert.deepEqual(UnprocessedItems, {});
}
// The SDK writes the next start into the request it is given: each gets its own.
const numbers = async (pages) => {
  const out = [];
  for await (const page of pages) out.push(...page.Items.map((i) => i.number));
  return out;
};
const upTo100 = Array.from({ length: 100 }, (_, i) => i);
const bob = { TableName, KeyConditionExpression: 'customer = :c', ExpressionAttributeValues: { ':c': 'bob' } };
assert.deepEqual(await numbers(paginateQuery({ client, pageSize: 7 }, { ...bob })), upTo100);
assert.deepEqual(await numbers(paginateQuery({ client, pageSize: 30 }, { ...bob, ScanIndexForward: false })), upTo100.toReversed());
assert.deepEqual(await numbers(paginateQuery({ client, pageSize: 9 }, { ...bob, IndexName: 'by-amount' })), upTo100.toReversed());
assert.deepEqual(await numbers(paginateQuery({ client }, {
  ...bob, KeyConditionExpression: 'customer = :c AND #n BETWEEN :a AND :b', ExpressionAttributeNames: { '#n': 'number' },
  ExpressionAttributeValues: { ':c': 'bob', ':a': 10, ':b': 12 },
})), [10, 11, 12]);
const counted = await client.send(new QueryCommand({ ...bob, Select: 'COUNT', FilterExpression: 'amount < :t',
  ExpressionAttributeValues: { ':c': 'bob', ':t': 950 } }));
assert.deepEqual([counted.Count, counted.ScannedCount], [49, 100]);
const scanned = await Promise.all([0, 1, 2].map((Segment) =>
  numbers(paginateScan({ client, pageSize: 20 }, { TableName, Segment, TotalSegments: 3, FilterExpression: 'customer = :c',
    ExpressionAttributeValues: { ':c': 'bob' } }))));
assert.deepEqual(scanned.flat().sort((a, b) => a - b), upTo100);
const batch = await client.send(new BatchGetCommand({ RequestItems: { [TableName]: {
  Keys: [{ customer: 'bob', number: 5 }, { customer: 'bob', number: 999 }, { customer: 'ann', number: 1 }], ProjectionExpression: 'amount' } } }));
assert.deepEqual(batch.Responses[TableName].map((i) => i.amount).sort(), [12.6, 995]);

// Deletes.
const deleted = await client.send(new DeleteCommand({ TableName, Key: { customer: 'bob', number: 5 }, ReturnValues: 'ALL_OLD' }));
assert.equal(deleted.Attributes.amount, 995);
await client.send(new DeleteCommand({ TableName, Key: { customer: 'bob', number: 5 } })); // of nothing: fine
assert.equal((await client.send(new ScanCommand({ TableName, Select: 'COUNT' }))).Count, 101);

// Errors carry the service's names and words.
await assert.rejects(client.send(new PutCommand({ TableName: 'nowhere', Item: { a: 1 } })),
  { name: 'ResourceNotFoundException', message: 'Requested resource not found' });
await assert.rejects(client.send(new GetCommand({ TableName, Key: { customer: 'x' } })),
  { name: 'ValidationException', message: 'The provided key element does not match the schema' });
await assert.rejects(client.send(new PutCommand({ TableName, Item: { customer: 'x', number: 'y' } })),
  { name: 'ValidationException', message: 'One or more parameter values were invalid: Type mismatch for key number expected: N actual: S' });
await base.send(new DeleteTableCommand({ TableName }));
base.destroy();
