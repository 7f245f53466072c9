// The scenario in the AWS SDK for JavaScript, version 2: `node scenario.js PREFIX ENDPOINT`; it knows no AWS_ENDPOINT_URL.
process.env.AWS_SDK_JS_SUPPRESS_MAINTENANCE_MODE_MESSAGE = "1";
const assert = require("node:assert/strict");
const { randomBytes } = require("node:crypto");
const { Readable } = require("node:stream");
const AWS = require("aws-sdk");

const [prefix, endpoint] = process.argv.slice(2);
const PART = 5 * 1024 * 1024;
const large = randomBytes(12 * 1024 * 1024);
const made = (Service, given) => new Service({ endpoint, maxRetries: 0, s3ForcePathStyle: true, ...given });
const s3 = made(AWS.S3);
const dynamodb = made(AWS.DynamoDB);
const documents = new AWS.DynamoDB.DocumentClient({ service: dynamodb });
const sqs = made(AWS.SQS);
const sns = made(AWS.SNS);
const Bucket = `${prefix}-bucket`;
const TableName = `${prefix}-table`;
const key = (Song) => ({ Artist: "Choir", Song });

async function refused(request, code, status) {
  const error = await request.promise().then(() => assert.fail(`no ${code}`), (error) => error);
  assert.deepEqual([error.code, error.statusCode], [code, status]);
  return error;
}

const text = async (given) => (await s3.getObject({ Bucket, ...given }).promise()).Body.toString();

const ofS3 = {
  async create_bucket() {
    await s3.createBucket({ Bucket }).promise();
    await s3.waitFor("bucketExists", { Bucket }).promise();
  },
  async bucket_owned_by_you() {
    const elsewhere = made(AWS.S3, { region: "eu-west-1" });
    const CreateBucketConfiguration = { LocationConstraint: "eu-west-1" };
    await refused(elsewhere.createBucket({ Bucket, CreateBucketConfiguration }), "BucketAlreadyOwnedByYou", 409);
  },
  async put_get() {
    const Metadata = { team: "music" };
    await s3.putObject({ Bucket, Key: "greeting", Body: "hello", ContentType: "text/plain", Metadata }).promise();
    const got = await s3.getObject({ Bucket, Key: "greeting" }).promise();
    assert.deepEqual([got.Body.toString(), got.ContentType, got.Metadata], ["hello", "text/plain", Metadata]);
  },
  async put_stream() {
    await s3.upload({ Bucket, Key: "stream", Body: Readable.from([large.subarray(0, 99), large.subarray(99)]) }).promise();
    assert.ok((await s3.getObject({ Bucket, Key: "stream" }).promise()).Body.equals(large));
  },
  async range() {
    const got = await s3.getObject({ Bucket, Key: "greeting", Range: "bytes=1-3" }).promise();
    assert.deepEqual([got.Body.toString(), got.ContentRange], ["ell", "bytes 1-3/5"]);
  },
  async put_if_none_match() {
    await s3.putObject({ Bucket, Key: "once", Body: "first", IfNoneMatch: "*" }).promise();
    await refused(s3.putObject({ Bucket, Key: "once", Body: "second", IfNoneMatch: "*" }), "PreconditionFailed", 412);
  },
  async get_if_none_match() {
    const IfNoneMatch = (await s3.headObject({ Bucket, Key: "once" }).promise()).ETag;
    await refused(s3.getObject({ Bucket, Key: "once", IfNoneMatch }), "NotModified", 304);
  },
  async no_such_key() {
    await refused(s3.getObject({ Bucket, Key: "nothing" }), "NoSuchKey", 404);
  },
  async no_such_bucket() {
    await refused(s3.listObjectsV2({ Bucket: `${Bucket}-none` }), "NoSuchBucket", 404);
  },
  async head_missing() {
    await refused(s3.headObject({ Bucket, Key: "nothing" }), "NotFound", 404);
  },
  async copy() {
    const Key = "a folder/b+c ü%20?";
    await s3.putObject({ Bucket, Key, Body: "strange" }).promise();
    const CopySource = encodeURIComponent(`${Bucket}/${Key}`);
    await s3.copyObject({ Bucket, Key: `${Key} again`, CopySource }).promise();
    assert.equal(await text({ Key: `${Key} again` }), "strange");
  },
  async upload_manager() {
    await s3.upload({ Bucket, Key: "large", Body: large }, { partSize: PART }).promise();
    assert.match((await s3.headObject({ Bucket, Key: "large" }).promise()).ETag, /-3"$/);
  },
  async multipart_by_hand() {
    const upload = { Bucket, Key: "parts" };
    upload.UploadId = (await s3.createMultipartUpload(upload).promise()).UploadId;
    await s3.uploadPart({ ...upload, PartNumber: 1, Body: large.subarray(0, PART) }).promise();
    await s3.uploadPart({ ...upload, PartNumber: 2, Body: "end" }).promise();
    const { Parts } = await s3.listParts(upload).promise();
    const chosen = Parts.map(({ PartNumber, ETag }) => ({ PartNumber, ETag }));
    await s3.completeMultipartUpload({ ...upload, MultipartUpload: { Parts: chosen } }).promise();
    assert.equal((await s3.headObject({ Bucket, Key: "parts" }).promise()).ContentLength, PART + 3);
    const other = { Bucket, Key: "other" };
    other.UploadId = (await s3.createMultipartUpload(other).promise()).UploadId;
    await s3.abortMultipartUpload(other).promise();
    await refused(s3.listParts(other), "NoSuchUpload", 404);
  },
  async presigned_get() {
    const url = await s3.getSignedUrlPromise("getObject", { Bucket, Key: "greeting" });
    assert.equal(await (await fetch(url)).text(), "hello");
  },
  async presigned_put() {
    const url = await s3.getSignedUrlPromise("putObject", { Bucket, Key: "by plain HTTP" });
    assert.equal((await fetch(url, { method: "PUT", body: Buffer.from("put") })).status, 200);
    assert.equal(await text({ Key: "by plain HTTP" }), "put");
  },
  async presigned_post() {
    const { url, fields } = s3.createPresignedPost({ Bucket, Fields: { key: "by form" } });
    const form = new FormData();
    for (const [name, value] of Object.entries(fields)) form.append(name, value);
    form.append("file", new Blob(["posted"]));
    assert.equal((await fetch(url, { method: "POST", body: form })).status, 204);
    assert.equal(await text({ Key: "by form" }), "posted");
  },
  async paginator() {
    for (let n = 0; n < 25; n++) await s3.putObject({ Bucket, Key: `many/${n}`, Body: "" }).promise();
    const sizes = [];
    const listing = s3.listObjectsV2({ Bucket, Prefix: "many/", MaxKeys: 10 });
    await new Promise((resolve, reject) => {
      listing.eachPage((error, page) => {
        if (error) reject(error);
        if (page) sizes.push(page.Contents.length);
        else resolve();
      });
    });
    assert.deepEqual(sizes, [10, 10, 5]);
  },
  async delimiter() {
    const { CommonPrefixes } = await s3.listObjectsV2({ Bucket, Delimiter: "/" }).promise();
    assert.deepEqual(CommonPrefixes, [{ Prefix: "a folder/" }, { Prefix: "many/" }]);
  },
  async delete_objects() {
    const Objects = Array.from({ length: 25 }, (_, n) => ({ Key: `many/${n}` }));
    const answer = await s3.deleteObjects({ Bucket, Delete: { Objects } }).promise();
    assert.deepEqual([answer.Deleted.length, answer.Errors], [25, []]);
  },
  async versions() {
    await s3.putBucketVersioning({ Bucket, VersioningConfiguration: { Status: "Enabled" } }).promise();
    const first = await s3.putObject({ Bucket, Key: "versioned", Body: "one" }).promise();
    await s3.putObject({ Bucket, Key: "versioned", Body: "two" }).promise();
    await s3.deleteObject({ Bucket, Key: "versioned" }).promise();
    const listed = await s3.listObjectVersions({ Bucket, Prefix: "versioned" }).promise();
    assert.deepEqual([listed.Versions.length, listed.DeleteMarkers.length], [2, 1]);
    assert.equal(await text({ Key: "versioned", VersionId: first.VersionId }), "one");
  },
  async tags() {
    const TagSet = [{ Key: "team", Value: "music + dance" }];
    await s3.putObjectTagging({ Bucket, Key: "greeting", Tagging: { TagSet } }).promise();
    assert.deepEqual((await s3.getObjectTagging({ Bucket, Key: "greeting" }).promise()).TagSet, TagSet);
  },
  async delete_bucket() {
    await refused(s3.deleteBucket({ Bucket }), "BucketNotEmpty", 409);
    const { Versions, DeleteMarkers } = await s3.listObjectVersions({ Bucket }).promise();
    const Objects = [...Versions, ...DeleteMarkers].map(({ Key, VersionId }) => ({ Key, VersionId }));
    await s3.deleteObjects({ Bucket, Delete: { Objects } }).promise();
    await s3.deleteBucket({ Bucket }).promise();
    await s3.waitFor("bucketNotExists", { Bucket }).promise();
  },
};

const definition = {
  TableName,
  BillingMode: "PAY_PER_REQUEST",
  KeySchema: [
    { AttributeName: "Artist", KeyType: "HASH" },
    { AttributeName: "Song", KeyType: "RANGE" },
  ],
  AttributeDefinitions: ["Artist", "Song"].map((AttributeName) => ({ AttributeName, AttributeType: "S" })),
  StreamSpecification: { StreamEnabled: true, StreamViewType: "NEW_IMAGE" },
};

const ofDynamodb = {
  async create_table() {
    await dynamodb.createTable(definition).promise();
    await dynamodb.waitFor("tableExists", { TableName }).promise();
  },
  async table_in_use() {
    await refused(dynamodb.createTable(definition), "ResourceInUseException", 400);
  },
  async types() {
    const Item = { ...key("Anthem"), Number: -1.5, True: true, Nothing: null, List: ["a", [1]], Map: { deep: "ü" } };
    Item.Strings = documents.createSet(["a", "b"]);
    await documents.put({ TableName, Item }).promise();
    const got = (await documents.get({ TableName, Key: key("Anthem"), ConsistentRead: true }).promise()).Item;
    assert.deepEqual(got.Strings.values, ["a", "b"]);
    assert.deepEqual({ ...got, Strings: Item.Strings }, Item);
  },
  async update() {
    const { Attributes } = await documents
      .update({
        TableName,
        Key: key("Anthem"),
        UpdateExpression: "SET Plays = if_not_exists(Plays, :zero) + :one",
        ExpressionAttributeValues: { ":zero": 0, ":one": 1 },
        ReturnValues: "UPDATED_NEW",
      })
      .promise();
    assert.deepEqual(Attributes, { Plays: 1 });
  },
  async condition_failed() {
    const condition = { ConditionExpression: "attribute_not_exists(Artist)" };
    await refused(documents.put({ TableName, Item: key("Anthem"), ...condition }), "ConditionalCheckFailedException", 400);
  },
  async no_such_table() {
    await refused(documents.scan({ TableName: `${TableName}-none` }), "ResourceNotFoundException", 400);
  },
  async validation() {
    const update = documents.update({ TableName, Key: key("Anthem"), UpdateExpression: "SET Plays +" });
    await refused(update, "ValidationException", 400);
  },
  async batch() {
    const puts = Array.from({ length: 25 }, (_, n) => ({ PutRequest: { Item: { ...key(`Song ${n}`), Year: n } } }));
    const written = await documents.batchWrite({ RequestItems: { [TableName]: puts } }).promise();
    assert.deepEqual(written.UnprocessedItems, {});
    const Keys = puts.map((_, n) => key(`Song ${n}`));
    const read = await documents.batchGet({ RequestItems: { [TableName]: { Keys } } }).promise();
    assert.equal(read.Responses[TableName].length, 25);
  },
  async scan_segments() {
    const scan = (Segment) => documents.scan({ TableName, Segment, TotalSegments: 4, Select: "COUNT" }).promise();
    const counts = (await Promise.all([0, 1, 2, 3].map(scan))).map((answer) => answer.Count);
    assert.equal(counts.reduce((one, other) => one + other), 26);
  },
  async transact() {
    const update = { UpdateExpression: "ADD Plays :n", ExpressionAttributeValues: { ":n": 5 } };
    const Update = { TableName, Key: key("Anthem"), ...update };
    const Put = { TableName, Item: { ...key("Ballad"), Plays: 1 } };
    await documents.transactWrite({ TransactItems: [{ Put }, { Update }] }).promise();
    const TransactItems = ["Ballad", "Anthem"].map((song) => ({ Get: { TableName, Key: key(song) } }));
    const { Responses } = await documents.transactGet({ TransactItems }).promise();
    assert.deepEqual(Responses.map((answer) => answer.Item.Plays), [1, 6]);
  },
  async transaction_cancelled() {
    const Put = { TableName, Item: key("Chorale") };
    const Delete = { TableName, Key: key("Ballad"), ConditionExpression: "attribute_not_exists(Artist)" };
    const write = documents.transactWrite({ TransactItems: [{ Put }, { Delete }] });
    const { message } = await refused(write, "TransactionCanceledException", 400);
    assert.ok(message.endsWith("[None, ConditionalCheckFailed]"), message);
  },
  async partiql() {
    const Statement = `SELECT Plays FROM "${TableName}" WHERE Artist = 'Choir' AND Song = 'Anthem'`;
    const { Items } = await dynamodb.executeStatement({ Statement }).promise();
    assert.deepEqual(Items, [{ Plays: { N: "6" } }]);
  },
  async stream() {
    const streams = made(AWS.DynamoDBStreams);
    const StreamArn = (await dynamodb.describeTable({ TableName }).promise()).Table.LatestStreamArn;
    const { ShardId } = (await streams.describeStream({ StreamArn }).promise()).StreamDescription.Shards[0];
    const start = { StreamArn, ShardId, ShardIteratorType: "TRIM_HORIZON" };
    const { ShardIterator } = await streams.getShardIterator(start).promise();
    const { Records } = await streams.getRecords({ ShardIterator }).promise();
    assert.deepEqual(Records.slice(0, 3).map((record) => record.eventName), ["INSERT", "MODIFY", "INSERT"]);
  },
  async delete_table() {
    await dynamodb.deleteTable({ TableName }).promise();
    await dynamodb.waitFor("tableNotExists", { TableName }).promise();
  },
};

const urls = {};

async function createQueue(name, Attributes = {}) {
  urls[name] = (await sqs.createQueue({ QueueName: `${prefix}-${name}`, Attributes }).promise()).QueueUrl;
  return urls[name];
}

async function receive(QueueUrl, given = {}) {
  const answer = await sqs.receiveMessage({ QueueUrl, WaitTimeSeconds: 20, ...given }).promise();
  return answer.Messages ?? [];
}

const arnOf = (url) => `arn:aws:sqs:us-east-1:000000000000:${url.split("/").pop()}`;
const bodies = (messages) => messages.map((message) => message.Body);

const ofSqs = {
  async create_queue() {
    const QueueUrl = await createQueue("jobs", { VisibilityTimeout: "45" });
    const { Attributes } = await sqs.getQueueAttributes({ QueueUrl, AttributeNames: ["All"] }).promise();
    assert.deepEqual([Attributes.VisibilityTimeout, Attributes.QueueArn], ["45", arnOf(QueueUrl)]);
  },
  async attributes() {
    const MessageAttributes = {
      Text: { DataType: "String", StringValue: "ü" },
      Bytes: { DataType: "Binary", BinaryValue: Buffer.from([0, 255]) },
    };
    await sqs.sendMessage({ QueueUrl: urls.jobs, MessageBody: "with attributes", MessageAttributes }).promise();
    const [message] = await receive(urls.jobs, { MessageAttributeNames: ["All"] });
    assert.deepEqual(message.MessageAttributes.Text.StringValue, "ü");
    assert.deepEqual([...message.MessageAttributes.Bytes.BinaryValue], [0, 255]);
    await sqs.deleteMessage({ QueueUrl: urls.jobs, ReceiptHandle: message.ReceiptHandle }).promise();
  },
  async long_poll() {
    assert.deepEqual(await receive(urls.jobs, { WaitTimeSeconds: 1 }), []);
  },
  async visibility() {
    const QueueUrl = urls.jobs;
    await sqs.sendMessage({ QueueUrl, MessageBody: "twice" }).promise();
    const [{ ReceiptHandle }] = await receive(QueueUrl);
    await sqs.changeMessageVisibility({ QueueUrl, ReceiptHandle, VisibilityTimeout: 0 }).promise();
    const [second] = await receive(QueueUrl, { AttributeNames: ["ApproximateReceiveCount"] });
    assert.deepEqual(second.Attributes, { ApproximateReceiveCount: "2" });
    await sqs.deleteMessage({ QueueUrl, ReceiptHandle: second.ReceiptHandle }).promise();
  },
  async batch_failed() {
    const Entries = [
      { Id: "good", MessageBody: "good" },
      { Id: "bad", MessageBody: "bad", DelaySeconds: 901 },
    ];
    const answer = await sqs.sendMessageBatch({ QueueUrl: urls.jobs, Entries }).promise();
    assert.deepEqual([answer.Successful[0].Id, answer.Failed[0].Id], ["good", "bad"]);
  },
  async no_such_queue() {
    const got = sqs.getQueueUrl({ QueueName: `${prefix}-none` });
    await refused(got, "AWS.SimpleQueueService.NonExistentQueue", 400);
  },
  async fifo() {
    const QueueUrl = await createQueue("orders.fifo", { FifoQueue: "true" });
    for (const MessageBody of ["1", "2", "2", "3"]) {
      const ids = { MessageGroupId: "one", MessageDeduplicationId: `id-${MessageBody}` };
      await sqs.sendMessage({ QueueUrl, MessageBody, ...ids }).promise();
    }
    assert.deepEqual(bodies(await receive(QueueUrl, { MaxNumberOfMessages: 10 })), ["1", "2", "3"]);
  },
  async dead_letter() {
    const dead = await createQueue("dead");
    const RedrivePolicy = JSON.stringify({ deadLetterTargetArn: arnOf(dead), maxReceiveCount: 1 });
    const QueueUrl = await createQueue("tried", { RedrivePolicy, VisibilityTimeout: "0" });
    await sqs.sendMessage({ QueueUrl, MessageBody: "poison" }).promise();
    assert.deepEqual(bodies(await receive(QueueUrl)), ["poison"]);
    assert.deepEqual(await receive(QueueUrl, { WaitTimeSeconds: 1 }), []);
    assert.deepEqual(bodies(await receive(dead)), ["poison"]);
  },
};

const ofSns = {
  async publish() {
    const queue = await createQueue("enveloped");
    const { TopicArn } = await sns.createTopic({ Name: `${prefix}-events` }).promise();
    await sns.subscribe({ TopicArn, Protocol: "sqs", Endpoint: arnOf(queue) }).promise();
    const { MessageId } = await sns.publish({ TopicArn, Message: "a message" }).promise();
    const envelope = JSON.parse((await receive(queue))[0].Body);
    assert.deepEqual([envelope.MessageId, envelope.Message], [MessageId, "a message"]);
    await sns.deleteTopic({ TopicArn }).promise();
  },
  async no_such_topic() {
    const TopicArn = `arn:aws:sns:us-east-1:000000000000:${prefix}-none`;
    await refused(sns.publish({ TopicArn, Message: "to nobody" }), "NotFound", 404);
  },
};

const ofSts = {
  async caller_identity() {
    assert.equal((await made(AWS.STS).getCallerIdentity().promise()).Account, "000000000000");
  },
};

async function main() {
  const all = { sts: ofSts, s3: ofS3, dynamodb: ofDynamodb, sqs: ofSqs, sns: ofSns };
  for (const [service, steps] of Object.entries(all)) {
    for (const [name, step] of Object.entries(steps)) {
      await step();
      console.log(`${service}.${name}`);
    }
  }
  for (const QueueUrl of Object.values(urls)) await sqs.deleteQueue({ QueueUrl }).promise();
}

main().catch((error) => {
  console.error(error);
  process.exit(1);
});
