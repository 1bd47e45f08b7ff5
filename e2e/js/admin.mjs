// dynamodb-admin in a headless browser: a person looks at a table, opens an
// item, changes it and saves.
import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import admin from 'dynamodb-admin';
import { chromium } from 'playwright-core';
import { DynamoDBClient, CreateTableCommand, GetItemCommand, PutItemCommand } from '@aws-sdk/client-dynamodb';

const client = new DynamoDBClient({ maxAttempts: 2 });
const TableName = 'people';
const Key = { name: { S: 'ann' } };
await client.send(new CreateTableCommand({
  TableName, AttributeDefinitions: [{ AttributeName: 'name', AttributeType: 'S' }],
  KeySchema: [{ AttributeName: 'name', KeyType: 'HASH' }], BillingMode: 'PAY_PER_REQUEST',
}));
await client.send(new PutItemCommand({ TableName, Item: { ...Key, age: { N: '41' }, city: { S: 'Lima' } } }));

const server = await new Promise((resolve, reject) => {
  const s = admin.createServer({ dynamoDbClient: client }).listen(0, '127.0.0.1', () => resolve(s));
  s.on('error', reject);
});
const home = await mkdtemp(join(tmpdir(), 'shvm-db-browser-'));
let browser;
try {
  browser = await chromium.launchPersistentContext(home, {
    executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium', headless: true, timeout: 60_000,
    args: ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking',
      '--disable-component-update', '--disable-sync', '--disable-dev-shm-usage', '--disable-breakpad'],
  });
  const page = await browser.newPage();
  page.setDefaultTimeout(60_000);
  const base = `http://127.0.0.1:${server.address().port}`;

  await page.goto(base);
  await page.getByRole('link', { name: TableName, exact: true }).first().click();
  await page.getByText('Lima').first().waitFor();

  await page.goto(`${base}/tables/${TableName}/items/ann`);
  await page.waitForFunction(() => typeof editor !== 'undefined' && editor.getValue().includes('"age": 41'));
  await page.evaluate(() => editor.setValue(editor.getValue().replace('41', '42')));
  const saved = page.waitForResponse((r) => r.request().method() === 'PUT');
  await page.getByRole('button', { name: 'Save' }).click();
  assert.equal((await saved).status(), 200);
  assert.deepEqual((await client.send(new GetItemCommand({ TableName, Key, ConsistentRead: true }))).Item,
    { ...Key, age: { N: '42' }, city: { S: 'Lima' } });

  await page.goto(`${base}/tables/${TableName}`);
  await page.getByText('42').first().waitFor();
} finally {
  await browser?.close();
  server.closeAllConnections();
  server.close();
  await rm(home, { recursive: true, force: true });
}
client.destroy();
