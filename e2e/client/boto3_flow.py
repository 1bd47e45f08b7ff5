"""boto3, client and resource, against a real node."""
import decimal
import os

import boto3
import botocore
from boto3.dynamodb.conditions import Attr, Key
from boto3.dynamodb.types import Binary
from botocore.config import Config

options = dict(endpoint_url=os.environ["ENDPOINT"], config=Config(retries={"max_attempts": 2}))
client = boto3.client("dynamodb", **options)
resource = boto3.resource("dynamodb", **options)


def refused(code, message, call, **arguments):
    try:
        call(**arguments)
    except botocore.exceptions.ClientError as e:
        got = (e.response["Error"]["Code"], e.response["Error"]["Message"], e.response["ResponseMetadata"]["HTTPStatusCode"])
        assert got == (code, message, 400), got
    else:
        raise AssertionError(f"not refused: {arguments}")


# The client.
client.create_table(
    TableName="Counter",
    AttributeDefinitions=[{"AttributeName": "PK", "AttributeType": "S"}],
    KeySchema=[{"AttributeName": "PK", "KeyType": "HASH"}],
    ProvisionedThroughput={"ReadCapacityUnits": 50, "WriteCapacityUnits": 50},
)
client.get_waiter("table_exists").wait(TableName="Counter", WaiterConfig={"Delay": 1, "MaxAttempts": 30})
table = client.describe_table(TableName="Counter")["Table"]
assert table["TableStatus"] == "ACTIVE" and table["ItemCount"] == 0, table
assert table["ProvisionedThroughput"]["ReadCapacityUnits"] == 50, table
client.put_item(TableName="Counter", Item={"PK": {"S": "cnt"}, "val": {"N": "10"}, "ver": {"N": "1"}})
conditional = dict(
    TableName="Counter",
    Item={"PK": {"S": "cnt"}, "val": {"N": "11"}, "ver": {"N": "2"}},
    ConditionExpression="ver = :v",
    ExpressionAttributeValues={":v": {"N": "1"}},
)
client.put_item(**conditional)
refused("ConditionalCheckFailedException", "The conditional request failed", client.put_item, **conditional)
try:
    client.put_item(**conditional, ReturnValuesOnConditionCheckFailure="ALL_OLD")
    raise AssertionError("not refused")
except client.exceptions.ConditionalCheckFailedException as e:
    assert e.response["Item"]["ver"] == {"N": "2"}, e.response
refused("ResourceNotFoundException", "Requested resource not found", client.get_item, TableName="none", Key={"PK": {"S": "x"}})

# The resource.
table = resource.create_table(
    TableName="music",
    AttributeDefinitions=[{"AttributeName": "artist", "AttributeType": "S"}, {"AttributeName": "year", "AttributeType": "N"}],
    KeySchema=[{"AttributeName": "artist", "KeyType": "HASH"}, {"AttributeName": "year", "KeyType": "RANGE"}],
    BillingMode="PAY_PER_REQUEST",
)
table.wait_until_exists()
with table.batch_writer() as batch:
    for year in range(1960, 2020):
        batch.put_item({"artist": "nina", "year": year, "title": f"album {year}", "price": decimal.Decimal("9.95"), "payload": b"\x00\xff"})
item = table.get_item(Key={"artist": "nina", "year": 1964}, ConsistentRead=True)["Item"]
assert item["price"] == decimal.Decimal("9.95") and item["payload"] == Binary(b"\x00\xff"), item
assert "Item" not in table.get_item(Key={"artist": "nina", "year": 1})

years = []
arguments = dict(KeyConditionExpression=Key("artist").eq("nina") & Key("year").gte(1990), Limit=7)
while True:
    page = table.query(**arguments)
    years += [int(i["year"]) for i in page["Items"]]
    if "LastEvaluatedKey" not in page:
        break
    arguments["ExclusiveStartKey"] = page["LastEvaluatedKey"]
assert years == list(range(1990, 2020)), years
found = table.scan(FilterExpression=Attr("title").contains("196") & Attr("year").lt(1965), Select="COUNT")
assert (found["Count"], found["ScannedCount"]) == (5, 60), found

answer = table.update_item(
    Key={"artist": "nina", "year": 1964},
    UpdateExpression="SET plays = if_not_exists(plays, :zero) + :one, tags = :tags REMOVE payload",
    ExpressionAttributeValues={":zero": 0, ":one": 1, ":tags": {"live", "jazz"}},
    ReturnValues="UPDATED_NEW",
)
assert answer["Attributes"] == {"plays": 1, "tags": {"live", "jazz"}}, answer
refused("ConditionalCheckFailedException", "The conditional request failed", table.update_item,
        Key={"artist": "new", "year": 1}, UpdateExpression="SET a = :a", ExpressionAttributeValues={":a": 1},
        ConditionExpression=Attr("artist").exists())
assert "Item" not in table.get_item(Key={"artist": "new", "year": 1})
answer = table.delete_item(Key={"artist": "nina", "year": 1964}, ReturnValues="ALL_OLD", ReturnConsumedCapacity="TOTAL")
assert answer["Attributes"]["plays"] == 1 and answer["ConsumedCapacity"]["CapacityUnits"] == 1.0, answer
assert len(table.scan()["Items"]) == 59
table.delete()
table.wait_until_not_exists()
assert [t.name for t in resource.tables.all()] == ["Counter"]
