import assert from "node:assert/strict";
import { after, before, test } from "node:test";

import { CreateTableCommand, DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { CreateBucketCommand, GetObjectCommand, S3Client } from "@aws-sdk/client-s3";
import { CreateQueueCommand, ReceiveMessageCommand, SQSClient } from "@aws-sdk/client-sqs";
import { LocalstackContainer } from "@testcontainers/localstack";

import { Orders } from "./orders.js";

let container, settings, queueUrl;

before(async () => {
  container = await new LocalstackContainer(process.env.RUSTSTACK_IMAGE ?? "ruststack")
    .withEnvironment({ SERVICES: "s3,dynamodb,sqs,lambda", PERSISTENCE: "0" })
    .start();
  settings = {
    endpoint: container.getConnectionUri(),
    region: "us-east-1",
    credentials: { accessKeyId: "test", secretAccessKey: "test" },
    forcePathStyle: true, // S3's: localhost has no names below it everywhere
  };
  await new DynamoDBClient(settings).send(
    new CreateTableCommand({
      TableName: "orders",
      AttributeDefinitions: [{ AttributeName: "number", AttributeType: "S" }],
      KeySchema: [{ AttributeName: "number", KeyType: "HASH" }],
      BillingMode: "PAY_PER_REQUEST",
    }),
  );
  await new S3Client(settings).send(new CreateBucketCommand({ Bucket: "orders" }));
  queueUrl = (await new SQSClient(settings).send(new CreateQueueCommand({ QueueName: "orders" }))).QueueUrl;
});

after(() => container?.stop());

test("an order is kept and told", async () => {
  assert.equal(await new Orders(queueUrl, settings).take("1", "tea"), true);

  const kept = await new S3Client(settings).send(new GetObjectCommand({ Bucket: "orders", Key: "1.txt" }));
  assert.equal(await kept.Body.transformToString(), "tea");
  const told = await new SQSClient(settings).send(new ReceiveMessageCommand({ QueueUrl: queueUrl }));
  assert.deepEqual(told.Messages.map((message) => message.Body), ["1"]);
});

test("a number is taken once", async () => {
  const orders = new Orders(queueUrl, settings);
  assert.equal(await orders.take("2", "tea"), true);
  assert.equal(await orders.take("2", "coffee"), false);
});
