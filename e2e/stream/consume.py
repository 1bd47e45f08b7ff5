"""Follows a table's change stream to its end and prints each record as JSON."""
import json
import sys
import time

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

streams = boto3.client("dynamodbstreams", config=Config(retries={"max_attempts": 1}, connect_timeout=5, read_timeout=20))


def patiently(call, **kw):
    """Calls until there is an answer: the node may be down for a while."""
    end = time.monotonic() + 60
    while True:
        try:
            return call(**kw)
        except ClientError as e:
            if e.response["ResponseMetadata"]["HTTPStatusCode"] < 500 or time.monotonic() > end:
                raise
        except BotoCoreError:
            if time.monotonic() > end:
                raise
        time.sleep(0.05)


def shards(arn):
    out, kw = [], {"StreamArn": arn}
    while True:
        d = patiently(streams.describe_stream, **kw)["StreamDescription"]
        out += d["Shards"]
        if "LastEvaluatedShardId" not in d:
            return out, d["StreamStatus"]
        kw["ExclusiveStartShardId"] = d["LastEvaluatedShardId"]


def main(arn):
    iterators, done = {}, set()
    while True:
        listed, status = shards(arn)
        ids = {s["ShardId"] for s in listed}
        read = left = 0
        for s in listed:
            shard, parent = s["ShardId"], s.get("ParentShardId")
            if shard in done:
                continue
            left += 1
            if parent in ids and parent not in done:
                continue
            if shard not in iterators:
                iterators[shard] = patiently(streams.get_shard_iterator, StreamArn=arn, ShardId=shard,
                                             ShardIteratorType="TRIM_HORIZON")["ShardIterator"]
            answer = patiently(streams.get_records, ShardIterator=iterators[shard])
            for r in answer["Records"]:
                d = r["dynamodb"]
                print(json.dumps({"id": r["eventID"], "event": r["eventName"], "sequence": d["SequenceNumber"],
                                  "shard": shard, "keys": d["Keys"], "old": d.get("OldImage"),
                                  "new": d.get("NewImage")}), flush=True)
            read += len(answer["Records"])
            if "NextShardIterator" in answer:
                iterators[shard] = answer["NextShardIterator"]
            else:
                done.add(shard)
                left -= 1
        if status == "DISABLED" and left == 0:
            return
        if read == 0:
            time.sleep(0.05)


main(sys.argv[1])
