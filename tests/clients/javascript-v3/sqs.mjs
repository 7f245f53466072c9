// SQS.
import assert from "node:assert/strict";
import * as sdk from "@aws-sdk/client-sqs";
import { PREFIX, rejected } from "./steps.mjs";

export const sqs = new sdk.SQS({});
const urls = {};

export async function createQueue(name, Attributes = {}) {
  urls[name] = (await sqs.createQueue({ QueueName: `${PREFIX}-${name}`, Attributes })).QueueUrl;
  return urls[name];
}

export async function arnOf(QueueUrl) {
  return (await sqs.getQueueAttributes({ QueueUrl, AttributeNames: ["QueueArn"] })).Attributes.QueueArn;
}

export async function receive(QueueUrl, given = {}) {
  return (await sqs.receiveMessage({ QueueUrl, WaitTimeSeconds: 20, ...given })).Messages ?? [];
}

export const remove = (QueueUrl, { ReceiptHandle }) => sqs.deleteMessage({ QueueUrl, ReceiptHandle });

export async function removeQueues() {
  for (const QueueUrl of Object.values(urls)) await sqs.deleteQueue({ QueueUrl });
}

const bodies = (messages) => messages.map((message) => message.Body);

export const sqsSteps = {
  async create_queue() {
    const QueueName = `${PREFIX}-jobs`;
    const made = await sqs.createQueue({ QueueName, Attributes: { VisibilityTimeout: "45" }, tags: { team: "music" } });
    const { QueueUrl } = made;
    urls.jobs = QueueUrl;
    assert.equal((await sqs.getQueueUrl({ QueueName })).QueueUrl, QueueUrl);
    const { Attributes } = await sqs.getQueueAttributes({ QueueUrl, AttributeNames: ["All"] });
    assert.equal(Attributes.VisibilityTimeout, "45");
    assert.deepEqual((await sqs.listQueueTags({ QueueUrl })).Tags, { team: "music" });
  },
  async attributes() {
    const MessageAttributes = {
      Text: { DataType: "String", StringValue: "ü" },
      Count: { DataType: "Number.int", StringValue: "12" },
      Bytes: { DataType: "Binary", BinaryValue: new Uint8Array([0, 255]) },
    };
    await sqs.sendMessage({ QueueUrl: urls.jobs, MessageBody: "with attributes", MessageAttributes });
    const wanted = { MessageAttributeNames: ["All"], MessageSystemAttributeNames: ["All"] };
    const [message] = await receive(urls.jobs, wanted);
    assert.deepEqual(message.MessageAttributes, MessageAttributes);
    assert.equal(message.Attributes.ApproximateReceiveCount, "1");
    await remove(urls.jobs, message);
  },
  async long_poll() {
    assert.deepEqual(await receive(urls.jobs, { WaitTimeSeconds: 1 }), []);
  },
  async visibility() {
    await sqs.sendMessage({ QueueUrl: urls.jobs, MessageBody: "twice" });
    const [{ ReceiptHandle }] = await receive(urls.jobs);
    await sqs.changeMessageVisibility({ QueueUrl: urls.jobs, ReceiptHandle, VisibilityTimeout: 0 });
    const [second] = await receive(urls.jobs, { MessageSystemAttributeNames: ["ApproximateReceiveCount"] });
    assert.deepEqual(second.Attributes, { ApproximateReceiveCount: "2" });
    await remove(urls.jobs, second);
  },
  async batch() {
    const wanted = Array.from({ length: 10 }, (_, n) => `message ${n}`);
    const Entries = wanted.map((MessageBody, n) => ({ Id: String(n), MessageBody }));
    const sent = await sqs.sendMessageBatch({ QueueUrl: urls.jobs, Entries });
    assert.equal(sent.Successful.length, 10);
    assert.equal(sent.Failed, undefined);
    const found = new Set();
    while (found.size < 10) {
      const messages = await receive(urls.jobs, { MaxNumberOfMessages: 10 });
      bodies(messages).forEach((body) => found.add(body));
      const handles = messages.map(({ ReceiptHandle }, n) => ({ Id: String(n), ReceiptHandle }));
      const deleted = await sqs.deleteMessageBatch({ QueueUrl: urls.jobs, Entries: handles });
      assert.equal(deleted.Failed, undefined);
    }
    assert.deepEqual([...found].sort(), wanted);
  },
  async batch_failed() {
    const Entries = [
      { Id: "good", MessageBody: "good" },
      { Id: "bad", MessageBody: "bad", DelaySeconds: 901 },
    ];
    const answer = await sqs.sendMessageBatch({ QueueUrl: urls.jobs, Entries });
    assert.deepEqual(answer.Successful.map((entry) => entry.Id), ["good"]);
    const [failed] = answer.Failed;
    assert.deepEqual([failed.Id, failed.Code, failed.SenderFault], ["bad", "InvalidParameterValue", true]);
  },
  async no_such_queue() {
    await rejected(sqs.getQueueUrl({ QueueName: `${PREFIX}-none` }), sdk.QueueDoesNotExist, 400);
  },
  async bad_handle() {
    const deleted = sqs.deleteMessage({ QueueUrl: urls.jobs, ReceiptHandle: "no handle" });
    await rejected(deleted, sdk.ReceiptHandleIsInvalid);
  },
  async paginator() {
    for (let n = 0; n < 5; n++) await createQueue(`page-${n}`);
    const sizes = [];
    const listing = { QueueNamePrefix: `${PREFIX}-page-` };
    for await (const page of sdk.paginateListQueues({ client: sqs, pageSize: 2 }, listing)) {
      sizes.push(page.QueueUrls.length);
    }
    assert.deepEqual(sizes, [2, 2, 1]);
  },
  async fifo() {
    const QueueUrl = await createQueue("orders.fifo", { FifoQueue: "true" });
    for (const n of [1, 2, 2, 3]) {
      const ids = { MessageGroupId: "one", MessageDeduplicationId: `id-${n}` };
      await sqs.sendMessage({ QueueUrl, MessageBody: String(n), ...ids });
    }
    const wanted = { MaxNumberOfMessages: 10, MessageSystemAttributeNames: ["MessageGroupId"] };
    const received = await receive(QueueUrl, wanted);
    assert.deepEqual(bodies(received), ["1", "2", "3"]);
    assert.deepEqual(received[0].Attributes, { MessageGroupId: "one" });
  },
  async dead_letter() {
    const dead = await createQueue("dead");
    const RedrivePolicy = JSON.stringify({ deadLetterTargetArn: await arnOf(dead), maxReceiveCount: 2 });
    const QueueUrl = await createQueue("tried", { RedrivePolicy, VisibilityTimeout: "0" });
    await sqs.sendMessage({ QueueUrl, MessageBody: "poison" });
    assert.deepEqual(bodies(await receive(QueueUrl)), ["poison"]);
    assert.deepEqual(bodies(await receive(QueueUrl)), ["poison"]);
    assert.deepEqual(await receive(QueueUrl, { WaitTimeSeconds: 1 }), []);
    assert.deepEqual(bodies(await receive(dead)), ["poison"]);
    assert.deepEqual((await sqs.listDeadLetterSourceQueues({ QueueUrl: dead })).queueUrls, [QueueUrl]);
  },
};
