// The two snippets of the project's seed, byte for byte, against a real node.
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import {
  DynamoDBClient, CreateTableCommand, PutItemCommand, GetItemCommand, waitUntilTableExists,
} from '@aws-sdk/client-dynamodb';

const client = new DynamoDBClient({ maxAttempts: 2 });
const AsyncFunction = (async () => {}).constructor;
const snippet = async (name) =>
  new AsyncFunction('client', 'PutItemCommand', await readFile(new URL(`seed/${name}.js`, import.meta.url), 'utf8'));

const table = async (TableName, ...names) => {
  await client.send(new CreateTableCommand({
    TableName,
    AttributeDefinitions: names.map((AttributeName) => ({ AttributeName, AttributeType: 'S' })),
    KeySchema: names.map((AttributeName, i) => ({ AttributeName, KeyType: i ? 'RANGE' : 'HASH' })),
    BillingMode: 'PAY_PER_REQUEST',
  }));
  await waitUntilTableExists({ client, maxWaitTime: 30 }, { TableName });
};
const get = async (TableName, Key) => (await client.send(new GetItemCommand({ TableName, Key, ConsistentRead: true }))).Item;

await table('Users', 'PK', 'SK');
await (await snippet('users'))(client, PutItemCommand);
assert.deepEqual(await get('Users', { PK: { S: 'user_123' }, SK: { S: 'profile' } }),
  { PK: { S: 'user_123' }, SK: { S: 'profile' }, role: { S: 'engineer' } });

await table('Counter', 'PK');
const conditional = await snippet('counter');
const stale = async () => {
  await assert.rejects(conditional(client, PutItemCommand), (e) => {
    assert.equal(e.name, 'ConditionalCheckFailedException');
    assert.equal(e.message, 'The conditional request failed');
    assert.equal(e.$metadata.httpStatusCode, 400);
    return true;
  });
};

await stale(); // there is no item, hence no version
await client.send(new PutItemCommand({
  TableName: 'Counter', Item: { PK: { S: 'cnt' }, val: { N: '10' }, ver: { N: '1' } },
}));
await conditional(client, PutItemCommand); // the version matches
assert.deepEqual(await get('Counter', { PK: { S: 'cnt' } }), { PK: { S: 'cnt' }, val: { N: '11' }, ver: { N: '2' } });
await stale(); // somebody else updated it: we did
assert.deepEqual(await get('Counter', { PK: { S: 'cnt' } }), { PK: { S: 'cnt' }, val: { N: '11' }, ver: { N: '2' } });
client.destroy();
