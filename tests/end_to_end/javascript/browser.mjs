// The JavaScript SDK v3 as an application in a browser uses it: all four services and STS, at one endpoint.
import { CreateTableCommand, DynamoDBClient, GetItemCommand, PutItemCommand, ScanCommand } from "@aws-sdk/client-dynamodb";
import { CreateBucketCommand, DeleteObjectCommand, GetObjectCommand, ListBucketsCommand, PutObjectCommand, S3Client } from "@aws-sdk/client-s3";
import { CreateTopicCommand, PublishCommand, SNSClient, SubscribeCommand } from "@aws-sdk/client-sns";
import { CreateQueueCommand, DeleteMessageCommand, GetQueueAttributesCommand, ReceiveMessageCommand, SendMessageCommand, SQSClient } from "@aws-sdk/client-sqs";
import { GetCallerIdentityCommand, STSClient } from "@aws-sdk/client-sts";

const configurationOf = (endpoint) => ({
  endpoint,
  region: "us-east-1",
  credentials: { accessKeyId: "test", secretAccessKey: "test" },
  maxAttempts: 1,
});

// each returns what shows that it has done its work, or throws
const services = {
  async s3(configuration, name) {
    const s3 = new S3Client({ ...configuration, forcePathStyle: true });
    await s3.send(new CreateBucketCommand({ Bucket: name }));
    const put = await s3.send(new PutObjectCommand({ Bucket: name, Key: "a key", Body: "from a page", Metadata: { m: "1" } }));
    const got = await s3.send(new GetObjectCommand({ Bucket: name, Key: "a key" }));
    const { Buckets } = await s3.send(new ListBucketsCommand({}));
    await s3.send(new DeleteObjectCommand({ Bucket: name, Key: "a key" }));
    return [await got.Body.transformToString(), got.Metadata.m, got.ETag === put.ETag, Buckets.some((b) => b.Name === name)];
  },
  async dynamodb(configuration, name) {
    const dynamodb = new DynamoDBClient(configuration);
    await dynamodb.send(
      new CreateTableCommand({
        TableName: name,
        BillingMode: "PAY_PER_REQUEST",
        KeySchema: [{ AttributeName: "id", KeyType: "HASH" }],
        AttributeDefinitions: [{ AttributeName: "id", AttributeType: "S" }],
      }),
    );
    await dynamodb.send(new PutItemCommand({ TableName: name, Item: { id: { S: "1" } } }));
    const { Item } = await dynamodb.send(new GetItemCommand({ TableName: name, Key: { id: { S: "1" } } }));
    const { Count } = await dynamodb.send(new ScanCommand({ TableName: name }));
    return [Item.id.S, Count];
  },
  async sqs(configuration, name) {
    const sqs = new SQSClient(configuration);
    const { QueueUrl } = await sqs.send(new CreateQueueCommand({ QueueName: name }));
    await sqs.send(new SendMessageCommand({ QueueUrl, MessageBody: "from a page" }));
    const { Messages } = await sqs.send(new ReceiveMessageCommand({ QueueUrl, WaitTimeSeconds: 5 }));
    await sqs.send(new DeleteMessageCommand({ QueueUrl, ReceiptHandle: Messages[0].ReceiptHandle }));
    // what older SDKs do: a form, to the queue's own address
    const form = new URLSearchParams({ Action: "GetQueueUrl", QueueName: name, Version: "2012-11-05" });
    const answer = await fetch(QueueUrl, { method: "POST", body: form, headers: { "x-amz-date": "20260101T000000Z" } });
    return [Messages[0].Body, answer.status];
  },
  async sns(configuration, name) {
    const sns = new SNSClient(configuration);
    const sqs = new SQSClient(configuration);
    const { TopicArn } = await sns.send(new CreateTopicCommand({ Name: name }));
    const { QueueUrl } = await sqs.send(new CreateQueueCommand({ QueueName: `${name}-topic` }));
    const found = await sqs.send(new GetQueueAttributesCommand({ QueueUrl, AttributeNames: ["QueueArn"] }));
    await sns.send(new SubscribeCommand({ TopicArn, Protocol: "sqs", Endpoint: found.Attributes.QueueArn }));
    await sns.send(new PublishCommand({ TopicArn, Message: "from a page" }));
    const { Messages } = await sqs.send(new ReceiveMessageCommand({ QueueUrl, WaitTimeSeconds: 5 }));
    return [JSON.parse(Messages[0].Body).Message];
  },
  async sts(configuration) {
    const { Account } = await new STSClient(configuration).send(new GetCallerIdentityCommand({}));
    return [Account];
  },
};

globalThis.useServices = async (endpoint, name) => {
  const results = {};
  for (const [service, use] of Object.entries(services)) {
    results[service] = await use(configurationOf(endpoint), name).catch((error) => `${error.name}: ${error.message}`);
  }
  return results;
};
