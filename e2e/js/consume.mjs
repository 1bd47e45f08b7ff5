// Follows a table's change stream to its end and prints each record as JSON.
import {
  DescribeStreamCommand, DynamoDBStreamsClient, GetRecordsCommand, GetShardIteratorCommand,
} from "@aws-sdk/client-dynamodb-streams";

const client = new DynamoDBStreamsClient({ endpoint: process.env.ENDPOINT, maxAttempts: 1 });
const pause = (ms) => new Promise((done) => setTimeout(done, ms));

// Sends until there is an answer: the node may be down for a while.
async function patiently(command) {
  const end = Date.now() + 60_000;
  for (;;) {
    try {
      return await client.send(command);
    } catch (e) {
      const status = e.$metadata?.httpStatusCode;
      // An answer that was cut off has the status 200.
      if ((status >= 400 && status < 500) || Date.now() > end) throw e;
    }
    await pause(50);
  }
}

async function shards(StreamArn) {
  const all = [];
  let ExclusiveStartShardId;
  for (;;) {
    const { StreamDescription: d } = await patiently(new DescribeStreamCommand({ StreamArn, ExclusiveStartShardId }));
    all.push(...d.Shards);
    if (!d.LastEvaluatedShardId) return [all, d.StreamStatus];
    ExclusiveStartShardId = d.LastEvaluatedShardId;
  }
}

const arn = process.argv[2];
const iterators = new Map();
const done = new Set();
for (;;) {
  const [listed, status] = await shards(arn);
  const ids = new Set(listed.map((s) => s.ShardId));
  let read = 0;
  let left = 0;
  for (const { ShardId, ParentShardId } of listed) {
    if (done.has(ShardId)) continue;
    left++;
    if (ids.has(ParentShardId) && !done.has(ParentShardId)) continue;
    if (!iterators.has(ShardId)) {
      const answer = await patiently(new GetShardIteratorCommand({
        StreamArn: arn, ShardId, ShardIteratorType: "TRIM_HORIZON",
      }));
      iterators.set(ShardId, answer.ShardIterator);
    }
    const answer = await patiently(new GetRecordsCommand({ ShardIterator: iterators.get(ShardId) }));
    for (const r of answer.Records) {
      const d = r.dynamodb;
      console.log(JSON.stringify({
        id: r.eventID, event: r.eventName, sequence: d.SequenceNumber, shard: ShardId,
        keys: d.Keys, old: d.OldImage, new: d.NewImage,
      }));
    }
    read += answer.Records.length;
    if (answer.NextShardIterator) {
      iterators.set(ShardId, answer.NextShardIterator);
    } else {
      done.add(ShardId);
      left--;
    }
  }
  if (status === "DISABLED" && left === 0) break;
  if (read === 0) await pause(50);
}
