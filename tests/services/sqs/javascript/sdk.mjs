// The JavaScript SDK v3 through queues, messages of both kinds of queue, batches, a long poll and errors.
import assert from "node:assert/strict";
import {
  ChangeMessageVisibilityCommand,
  CreateQueueCommand,
  DeleteMessageBatchCommand,
  DeleteMessageCommand,
  DeleteQueueCommand,
  GetQueueAttributesCommand,
  GetQueueUrlCommand,
  ListQueuesCommand,
  PurgeQueueCommand,
  QueueDoesNotExist,
  ReceiveMessageCommand,
  SendMessageBatchCommand,
  SendMessageCommand,
  SQSClient,
} from "@aws-sdk/client-sqs";

const [endpoint, name] = process.argv.slice(2);
const credentials = { accessKeyId: "test", secretAccessKey: "test" };
const client = new SQSClient({ endpoint, credentials, region: "us-east-1", maxAttempts: 1 });
const send = (command) => client.send(command);

const { QueueUrl } = await send(new CreateQueueCommand({ QueueName: name, Attributes: { VisibilityTimeout: "5" } }));
assert.equal(QueueUrl, `${endpoint}/000000000000/${name}`);
assert.equal((await send(new GetQueueUrlCommand({ QueueName: name }))).QueueUrl, QueueUrl);
assert.deepEqual((await send(new ListQueuesCommand({ QueueNamePrefix: name }))).QueueUrls, [QueueUrl]);

// The SDK checks the MD5 of what it sends and receives, attributes included.
const MessageAttributes = {
  text: { DataType: "String", StringValue: "ü" },
  number: { DataType: "Number", StringValue: "1.5" },
  bytes: { DataType: "Binary", BinaryValue: new Uint8Array([0, 255]) },
};
const poll = send(new ReceiveMessageCommand({ QueueUrl, WaitTimeSeconds: 20, MessageAttributeNames: ["All"] }));
await send(new SendMessageCommand({ QueueUrl, MessageBody: "häll☃ & <more>", MessageAttributes }));
const [message] = (await poll).Messages;
assert.equal(message.Body, "häll☃ & <more>");
assert.deepEqual([...message.MessageAttributes.bytes.BinaryValue], [0, 255]);
const { ReceiptHandle } = message;
await send(new ChangeMessageVisibilityCommand({ QueueUrl, ReceiptHandle, VisibilityTimeout: 10 }));
await send(new DeleteMessageCommand({ QueueUrl, ReceiptHandle }));

const Entries = Array.from({ length: 10 }, (_, index) => ({ Id: `${index}`, MessageBody: `${index}` }));
Entries[3].DelaySeconds = 901;
const sent = await send(new SendMessageBatchCommand({ QueueUrl, Entries }));
assert.equal(sent.Successful.length, 9);
assert.deepEqual(sent.Failed.map((entry) => entry.Id), ["3"]);
const received = await send(new ReceiveMessageCommand({ QueueUrl, MaxNumberOfMessages: 10 }));
const deleted = received.Messages.map((each, index) => ({ Id: `${index}`, ReceiptHandle: each.ReceiptHandle }));
assert.equal((await send(new DeleteMessageBatchCommand({ QueueUrl, Entries: deleted }))).Successful.length, 9);
assert.equal((await send(new ReceiveMessageCommand({ QueueUrl }))).Messages, undefined);

const fifo = await send(new CreateQueueCommand({ QueueName: `${name}.fifo`, Attributes: { FifoQueue: "true" } }));
for (const body of ["a", "b", "b"]) {
  const given = { MessageBody: body, MessageGroupId: "g", MessageDeduplicationId: body };
  assert.match((await send(new SendMessageCommand({ QueueUrl: fifo.QueueUrl, ...given }))).SequenceNumber, /^\d{20}$/);
}
const order = await send(new ReceiveMessageCommand({ QueueUrl: fifo.QueueUrl, MaxNumberOfMessages: 10 }));
assert.deepEqual(order.Messages.map((each) => each.Body), ["a", "b"]);

await send(new PurgeQueueCommand({ QueueUrl }));
const asked = new GetQueueAttributesCommand({ QueueUrl, AttributeNames: ["All"] });
assert.equal((await send(asked)).Attributes.ApproximateNumberOfMessages, "0");
await send(new DeleteQueueCommand({ QueueUrl }));
await assert.rejects(send(asked), (error) => error instanceof QueueDoesNotExist && error.$metadata.httpStatusCode === 400);
console.log("done");
