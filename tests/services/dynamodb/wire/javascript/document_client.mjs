// The document client of the AWS SDK for JavaScript v3: plain values in and out.
import assert from 'node:assert/strict'
import { CreateTableCommand, DeleteTableCommand, DynamoDBClient, waitUntilTableExists } from '@aws-sdk/client-dynamodb'
import { DescribeStreamCommand, DynamoDBStreamsClient, GetRecordsCommand, GetShardIteratorCommand } from '@aws-sdk/client-dynamodb-streams'
import {
  BatchWriteCommand, DeleteCommand, DynamoDBDocumentClient, ExecuteStatementCommand, GetCommand, PutCommand,
  QueryCommand, TransactWriteCommand, UpdateCommand, paginateScan,
} from '@aws-sdk/lib-dynamodb'

const [endpoint, table] = process.argv.slice(2)
const settings = { endpoint, region: 'us-east-1', credentials: { accessKeyId: 'test', secretAccessKey: 'test' }, maxAttempts: 1 }
const client = new DynamoDBClient(settings)
const documents = DynamoDBDocumentClient.from(client, { marshallOptions: { removeUndefinedValues: true } })

const created = await client.send(new CreateTableCommand({
  TableName: table,
  BillingMode: 'PAY_PER_REQUEST',
  KeySchema: [{ AttributeName: 'id', KeyType: 'HASH' }, { AttributeName: 'at', KeyType: 'RANGE' }],
  AttributeDefinitions: [{ AttributeName: 'id', AttributeType: 'S' }, { AttributeName: 'at', AttributeType: 'N' }],
  StreamSpecification: { StreamEnabled: true, StreamViewType: 'NEW_AND_OLD_IMAGES' },
}))
await waitUntilTableExists({ client, minDelay: 1, maxDelay: 1, maxWaitTime: 10 }, { TableName: table })

const item = {
  id: 'a', at: 1, text: 'é', flag: true, nothing: null, list: [1, 'two', [3]], map: { deep: { er: 1.5 } },
  set: new Set(['x', 'y']), numbers: new Set([1, 2]), bytes: new Uint8Array([0, 255]), absent: undefined,
}
await documents.send(new PutCommand({ TableName: table, Item: item }))
const got = await documents.send(new GetCommand({ TableName: table, Key: { id: 'a', at: 1 } }))
delete item.absent
assert.deepEqual(got.Item, item)

const updated = await documents.send(new UpdateCommand({
  TableName: table,
  Key: { id: 'a', at: 1 },
  UpdateExpression: 'SET #m.deep.er = #m.deep.er + :half ADD numbers :more REMOVE #l[0]',
  ConditionExpression: 'attribute_exists(id)',
  ExpressionAttributeNames: { '#m': 'map', '#l': 'list' },
  ExpressionAttributeValues: { ':half': 0.5, ':more': new Set([3]) },
  ReturnValues: 'ALL_NEW',
}))
assert.equal(updated.Attributes.map.deep.er, 2)
assert.deepEqual(updated.Attributes.list, ['two', [3]])
assert.deepEqual(updated.Attributes.numbers, new Set([1, 2, 3]))

await assert.rejects(
  documents.send(new PutCommand({ TableName: table, Item: { id: 'a', at: 1 }, ConditionExpression: 'attribute_not_exists(id)' })),
  { name: 'ConditionalCheckFailedException' },
)
await documents.send(new BatchWriteCommand({
  RequestItems: { [table]: [...Array(20).keys()].map(n => ({ PutRequest: { Item: { id: 'b', at: n } } })) },
}))
const page = await documents.send(new QueryCommand({
  TableName: table,
  KeyConditionExpression: 'id = :id AND #at BETWEEN :from AND :to',
  ExpressionAttributeNames: { '#at': 'at' },
  ExpressionAttributeValues: { ':id': 'b', ':from': 5, ':to': 9 },
  ScanIndexForward: false,
}))
assert.deepEqual(page.Items.map(each => each.at), [9, 8, 7, 6, 5])

await assert.rejects(
  documents.send(new TransactWriteCommand({
    TransactItems: [
      { Put: { TableName: table, Item: { id: 'c', at: 1 } } },
      { ConditionCheck: { TableName: table, Key: { id: 'no', at: 1 }, ConditionExpression: 'attribute_exists(id)' } },
    ],
  })),
  error => error.CancellationReasons.map(reason => reason.Code).join() === 'None,ConditionalCheckFailed',
)
await documents.send(new DeleteCommand({ TableName: table, Key: { id: 'b', at: 0 } }))
let count = 0
for await (const each of paginateScan({ client: documents, pageSize: 7 }, { TableName: table })) count += each.Count
assert.equal(count, 20)

const statement = await documents.send(new ExecuteStatementCommand({
  Statement: `SELECT "at" FROM "${table}" WHERE id = ? AND "at" < ?`, Parameters: ['b', 3],
}))
assert.deepEqual(statement.Items, [{ at: 1 }, { at: 2 }])

const streams = new DynamoDBStreamsClient(settings)
const arn = created.TableDescription.LatestStreamArn
const { StreamDescription } = await streams.send(new DescribeStreamCommand({ StreamArn: arn }))
const { ShardIterator } = await streams.send(new GetShardIteratorCommand({
  StreamArn: arn, ShardId: StreamDescription.Shards[0].ShardId, ShardIteratorType: 'TRIM_HORIZON',
}))
const { Records } = await streams.send(new GetRecordsCommand({ ShardIterator }))
assert.equal(Records.length, 23)
assert.equal(Records[0].eventName, 'INSERT')

await client.send(new DeleteTableCommand({ TableName: table }))
console.log('done')
