// DynamoDB and its streams; items as plain objects, by lib-dynamodb, where that is what people write.
import assert from "node:assert/strict";
import * as sdk from "@aws-sdk/client-dynamodb";
import { DynamoDBStreams } from "@aws-sdk/client-dynamodb-streams";
import { DynamoDBDocument, paginateQuery } from "@aws-sdk/lib-dynamodb";
import { PREFIX, refused, rejected } from "./steps.mjs";

const dynamodb = new sdk.DynamoDB({});
const documents = DynamoDBDocument.from(dynamodb);
const TableName = `${PREFIX}-table`;
const definition = {
  TableName,
  BillingMode: "PAY_PER_REQUEST",
  KeySchema: [
    { AttributeName: "Artist", KeyType: "HASH" },
    { AttributeName: "Song", KeyType: "RANGE" },
  ],
  AttributeDefinitions: ["Artist", "Song", "Genre"].map((AttributeName) => ({ AttributeName, AttributeType: "S" })),
  GlobalSecondaryIndexes: [
    {
      IndexName: "ByGenre",
      KeySchema: [{ AttributeName: "Genre", KeyType: "HASH" }],
      Projection: { ProjectionType: "ALL" },
    },
  ],
  StreamSpecification: { StreamEnabled: true, StreamViewType: "NEW_AND_OLD_IMAGES" },
};
const key = (Song) => ({ Artist: "Choir", Song });

export const dynamodbSteps = {
  async create_table() {
    await dynamodb.createTable(definition);
    await sdk.waitUntilTableExists({ client: dynamodb, maxWaitTime: 60 }, { TableName });
    assert.equal((await dynamodb.describeTable({ TableName })).Table.TableStatus, "ACTIVE");
  },
  async table_in_use() {
    await rejected(dynamodb.createTable(definition), sdk.ResourceInUseException, 400);
  },
  async types() {
    const Item = {
      ...key("Anthem"),
      Number: -1234567.125,
      Binary: new Uint8Array([0, 255]),
      True: true,
      Nothing: null,
      List: ["a", 1, [false]],
      Map: { nested: { deep: "ü" } },
      Strings: new Set(["a", "b"]),
      Numbers: new Set([1, 2.5]),
    };
    await documents.put({ TableName, Item });
    const got = await documents.get({ TableName, Key: key("Anthem"), ConsistentRead: true });
    assert.deepEqual(got.Item, Item);
  },
  async update() {
    const { Attributes } = await documents.update({
      TableName,
      Key: key("Anthem"),
      UpdateExpression: "SET Plays = if_not_exists(Plays, :zero) + :one, #m.nested.deep = :new REMOVE Nothing",
      ExpressionAttributeNames: { "#m": "Map" },
      ExpressionAttributeValues: { ":zero": 0, ":one": 1, ":new": "new" },
      ReturnValues: "UPDATED_NEW",
    });
    assert.deepEqual(Attributes, { Plays: 1, Map: { nested: { deep: "new" } } });
  },
  async condition_failed() {
    const put = documents.put({
      TableName,
      Item: key("Anthem"),
      ConditionExpression: "attribute_not_exists(Artist)",
      ReturnValuesOnConditionCheckFailure: "ALL_OLD",
    });
    const error = await rejected(put, sdk.ConditionalCheckFailedException, 400);
    assert.deepEqual(error.Item.Plays, { N: "1" });
  },
  async no_such_table() {
    const got = documents.get({ TableName: `${TableName}-none`, Key: key("Anthem") });
    await rejected(got, sdk.ResourceNotFoundException, 400);
  },
  async validation() {
    const update = documents.update({ TableName, Key: key("Anthem"), UpdateExpression: "SET Plays +" });
    await refused(update, "ValidationException", 400);
  },
  async batch() {
    const items = Array.from({ length: 25 }, (_, n) => ({
      ...key(`Song ${String(n).padStart(2, "0")}`),
      Genre: "choral",
      Year: 2000 + n,
    }));
    const puts = items.map((Item) => ({ PutRequest: { Item } }));
    const written = await documents.batchWrite({ RequestItems: { [TableName]: puts } });
    assert.deepEqual(written.UnprocessedItems, {});
    const Keys = items.map(({ Artist, Song }) => ({ Artist, Song }));
    const read = await documents.batchGet({ RequestItems: { [TableName]: { Keys } } });
    const sorted = read.Responses[TableName].sort((one, other) => one.Year - other.Year);
    assert.deepEqual(sorted, items);
  },
  async query_index() {
    const found = await documents.query({
      TableName,
      IndexName: "ByGenre",
      KeyConditionExpression: "Genre = :g",
      FilterExpression: "#y >= :y",
      ExpressionAttributeNames: { "#y": "Year" },
      ExpressionAttributeValues: { ":g": "choral", ":y": 2020 },
    });
    assert.deepEqual([found.Count, found.ScannedCount], [5, 25]);
  },
  async query_paginator() {
    const query = {
      TableName,
      KeyConditionExpression: "Artist = :a AND begins_with(Song, :s)",
      ExpressionAttributeValues: { ":a": "Choir", ":s": "Song " },
      ScanIndexForward: false,
    };
    const pages = [];
    for await (const page of paginateQuery({ client: documents, pageSize: 10 }, query)) pages.push(page.Items);
    assert.deepEqual(pages.map((page) => page.length), [10, 10, 5]);
    assert.equal(pages[0][0].Song, "Song 24");
  },
  async scan_segments() {
    const scans = [0, 1, 2, 3].map((Segment) => documents.scan({ TableName, Segment, TotalSegments: 4, Select: "COUNT" }));
    assert.equal((await Promise.all(scans)).reduce((sum, scan) => sum + scan.Count, 0), 26);
  },
  async transact() {
    const update = { UpdateExpression: "ADD Plays :n", ExpressionAttributeValues: { ":n": 5 } };
    await documents.transactWrite({
      TransactItems: [
        { Put: { TableName, Item: { ...key("Ballad"), Plays: 1 } } },
        { Update: { TableName, Key: key("Anthem"), ...update } },
      ],
      ClientRequestToken: PREFIX.slice(-32),
    });
    const TransactItems = ["Ballad", "Anthem"].map((song) => ({ Get: { TableName, Key: key(song) } }));
    const { Responses } = await documents.transactGet({ TransactItems });
    assert.deepEqual(Responses.map((answer) => answer.Item.Plays), [1, 6]);
  },
  async transaction_cancelled() {
    const condition = { ConditionExpression: "Plays > :n", ExpressionAttributeValues: { ":n": 100 } };
    const write = documents.transactWrite({
      TransactItems: [
        { Put: { TableName, Item: key("Chorale") } },
        { Delete: { TableName, Key: key("Ballad"), ...condition } },
      ],
    });
    const error = await rejected(write, sdk.TransactionCanceledException, 400);
    assert.deepEqual(error.CancellationReasons.map((reason) => reason.Code), ["None", "ConditionalCheckFailed"]);
    assert.equal((await documents.get({ TableName, Key: key("Chorale") })).Item, undefined);
  },
  async partiql() {
    const Statement = `SELECT Plays FROM "${TableName}" WHERE Artist = ? AND Song = ?`;
    const { Items } = await documents.executeStatement({ Statement, Parameters: ["Choir", "Anthem"] });
    assert.deepEqual(Items, [{ Plays: 6 }]);
  },
  async ttl() {
    const TimeToLiveSpecification = { Enabled: true, AttributeName: "Expires" };
    await dynamodb.updateTimeToLive({ TableName, TimeToLiveSpecification });
    const { TimeToLiveDescription: described } = await dynamodb.describeTimeToLive({ TableName });
    assert.deepEqual([described.AttributeName, described.TimeToLiveStatus], ["Expires", "ENABLED"]);
  },
  async stream() {
    const streams = new DynamoDBStreams({});
    const StreamArn = (await dynamodb.describeTable({ TableName })).Table.LatestStreamArn;
    const { ShardId } = (await streams.describeStream({ StreamArn })).StreamDescription.Shards[0];
    const start = { StreamArn, ShardId, ShardIteratorType: "TRIM_HORIZON" };
    const { ShardIterator } = await streams.getShardIterator(start);
    const { Records } = await streams.getRecords({ ShardIterator });
    assert.deepEqual(Records.slice(0, 3).map((record) => record.eventName), ["INSERT", "MODIFY", "INSERT"]);
    assert.deepEqual(Records[1].dynamodb.NewImage.Plays, { N: "1" });
    assert.equal(Records[1].dynamodb.OldImage.Plays, undefined);
  },
  async delete_table() {
    await dynamodb.deleteTable({ TableName });
    await sdk.waitUntilTableNotExists({ client: dynamodb, maxWaitTime: 60 }, { TableName });
  },
};
