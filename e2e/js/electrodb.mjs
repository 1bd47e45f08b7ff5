// ElectroDB: single-table design through a library that writes the
// expressions itself.
import assert from 'node:assert/strict';
import { DynamoDBClient, CreateTableCommand } from '@aws-sdk/client-dynamodb';
import { Entity, Service } from 'electrodb';

const client = new DynamoDBClient({ maxAttempts: 2 });
const table = 'electro';
await client.send(new CreateTableCommand({
  TableName: table,
  AttributeDefinitions: ['pk', 'sk', 'gsi1pk', 'gsi1sk'].map((AttributeName) => ({ AttributeName, AttributeType: 'S' })),
  KeySchema: [{ AttributeName: 'pk', KeyType: 'HASH' }, { AttributeName: 'sk', KeyType: 'RANGE' }],
  GlobalSecondaryIndexes: [{
    IndexName: 'gsi1', Projection: { ProjectionType: 'ALL' },
    KeySchema: [{ AttributeName: 'gsi1pk', KeyType: 'HASH' }, { AttributeName: 'gsi1sk', KeyType: 'RANGE' }],
  }],
  BillingMode: 'PAY_PER_REQUEST',
}));

const Task = new Entity({
  model: { entity: 'task', version: '1', service: 'work' },
  attributes: {
    team: { type: 'string', required: true },
    task: { type: 'string', required: true },
    project: { type: 'string', required: true },
    points: { type: 'number', default: 1 },
    status: { type: ['open', 'done'], default: 'open' },
    tags: { type: 'set', items: 'string' },
    history: { type: 'list', items: { type: 'map', properties: { at: { type: 'number' }, what: { type: 'string' } } } },
  },
  indexes: {
    byTeam: { pk: { field: 'pk', composite: ['team'] }, sk: { field: 'sk', composite: ['task'] } },
    byProject: {
      collection: 'projects', index: 'gsi1',
      pk: { field: 'gsi1pk', composite: ['project'] }, sk: { field: 'gsi1sk', composite: ['team', 'task'] },
    },
  },
}, { client, table });
const Person = new Entity({
  model: { entity: 'person', version: '1', service: 'work' },
  attributes: { name: { type: 'string' }, project: { type: 'string' }, rate: { type: 'number' } },
  indexes: {
    byName: { pk: { field: 'pk', composite: ['name'] }, sk: { field: 'sk', composite: [] } },
    byProject: {
      collection: 'projects', index: 'gsi1',
      pk: { field: 'gsi1pk', composite: ['project'] }, sk: { field: 'gsi1sk', composite: ['name'] },
    },
  },
}, { client, table });
const service = new Service({ Task, Person });

await Task.create({ team: 'red', task: 't1', project: 'moon', tags: ['a'], history: [] }).go();
await assert.rejects(Task.create({ team: 'red', task: 't1', project: 'moon' }).go()); // it is there already
await Task.put([...Array(30).keys()].map((i) => ({ team: 'blue', task: `t${String(i).padStart(2, '0')}`, project: i % 2 ? 'moon' : 'mars' }))).go();
await Person.put({ name: 'ann', project: 'moon', rate: 3 }).go();

await Task.update({ team: 'red', task: 't1' })
  .set({ status: 'done' }).add({ points: 4, tags: ['b'] }).append({ history: [{ at: 1, what: 'done' }] })
  .where(({ status }, { eq }) => eq(status, 'open')).go();
const { data: one } = await Task.get({ team: 'red', task: 't1' }).go({ consistent: true });
assert.equal(one.points, 5);
assert.deepEqual([...one.tags].sort(), ['a', 'b']);
assert.deepEqual(one.history, [{ at: 1, what: 'done' }]);
await assert.rejects(Task.patch({ team: 'red', task: 'none' }).set({ points: 2 }).go()); // nothing to patch

const { data: some } = await Task.query.byTeam({ team: 'blue' }).between({ task: 't05' }, { task: 't08' }).go();
assert.deepEqual(some.map((t) => t.task), ['t05', 't06', 't07', 't08']);
const { data: open } = await Task.query.byTeam({ team: 'blue' }).where(({ project }, { eq }) => eq(project, 'mars')).go({ pages: 'all' });
assert.equal(open.length, 15);

// Global indexes follow the table: wait for the condition, as users must.
const until = async (what, ask) => {
  const end = Date.now() + 30_000;
  for (;;) {
    if (await ask()) return;
    assert.ok(Date.now() < end, `never: ${what}`);
    await new Promise((r) => setTimeout(r, 20));
  }
};
await until('the collection holds both entities', async () => {
  const { data } = await service.collections.projects({ project: 'moon' }).go({ pages: 'all' });
  return data.Task.length === 16 && data.Person.length === 1;
});
await Task.delete({ team: 'red', task: 't1' }).go();
await until('the deleted task leaves the index', async () =>
  (await Task.query.byProject({ project: 'moon' }).go({ pages: 'all' })).data.length === 15);
client.destroy();
