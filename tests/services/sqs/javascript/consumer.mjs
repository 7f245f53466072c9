// sqs-consumer: ten messages handled one by one, then ten in batches; one that fails comes back and succeeds.
import assert from "node:assert/strict";
import { CreateQueueCommand, GetQueueAttributesCommand, SendMessageCommand, SQSClient } from "@aws-sdk/client-sqs";
import { Consumer } from "sqs-consumer";

const [endpoint, name] = process.argv.slice(2);
const credentials = { accessKeyId: "test", secretAccessKey: "test" };
const sqs = new SQSClient({ endpoint, credentials, region: "us-east-1", maxAttempts: 1 });

async function consume(queue, handler) {
  const { QueueUrl: queueUrl } = await sqs.send(new CreateQueueCommand({ QueueName: queue }));
  const handled = [];
  let failures = 0;
  const note = (message) => {
    if (message.Body === "7" && failures === 0) {
      failures += 1;
      throw new Error("the first time it fails");
    }
    handled.push(message.Body);
  };
  const consumer = Consumer.create({
    queueUrl,
    sqs,
    batchSize: 10,
    waitTimeSeconds: 5,
    terminateVisibilityTimeout: true,
    ...handler(note),
  });
  const unexpected = [];
  consumer.on("error", (error) => unexpected.push(error));
  consumer.start();
  for (let number = 0; number < 10; number += 1) {
    await sqs.send(new SendMessageCommand({ QueueUrl: queueUrl, MessageBody: `${number}` }));
  }
  while (new Set(handled).size < 10) {
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  consumer.stop({ abort: true });
  await new Promise((resolve) => setTimeout(resolve, 100));
  assert.deepEqual(unexpected.filter((error) => error.name === "SQSError" && error.code !== "AbortError"), []);
  const AttributeNames = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"];
  const { Attributes } = await sqs.send(new GetQueueAttributesCommand({ QueueUrl: queueUrl, AttributeNames }));
  assert.deepEqual(Object.values(Attributes), ["0", "0"]);
}

await consume(`${name}-one`, (note) => ({ handleMessage: async (message) => { note(message); return message; } }));
await consume(`${name}-batch`, (note) => ({
  handleMessageBatch: async (messages) => { messages.forEach(note); return messages; },
}));
console.log("done");
process.exit(0);
