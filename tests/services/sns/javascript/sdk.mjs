// The JavaScript SDK v3 through topics and subscriptions, a queue and an HTTP endpoint that checks signatures.
import assert from "node:assert/strict";
import { createVerify, X509Certificate } from "node:crypto";
import { once } from "node:events";
import { createServer } from "node:http";
import {
  ConfirmSubscriptionCommand,
  CreateTopicCommand,
  DeleteTopicCommand,
  GetSubscriptionAttributesCommand,
  ListSubscriptionsByTopicCommand,
  NotFoundException,
  PublishBatchCommand,
  PublishCommand,
  SetSubscriptionAttributesCommand,
  SNSClient,
  SubscribeCommand,
  UnsubscribeCommand,
} from "@aws-sdk/client-sns";
import { CreateQueueCommand, GetQueueAttributesCommand, ReceiveMessageCommand, SQSClient } from "@aws-sdk/client-sqs";

const [endpoint, name] = process.argv.slice(2);
const configuration = {
  endpoint,
  credentials: { accessKeyId: "test", secretAccessKey: "test" },
  region: "us-east-1",
  maxAttempts: 1,
};
const sns = new SNSClient(configuration);
const sqs = new SQSClient(configuration);

const { TopicArn } = await sns.send(new CreateTopicCommand({ Name: name, Tags: [{ Key: "a", Value: "b" }] }));
const { QueueUrl } = await sqs.send(new CreateQueueCommand({ QueueName: name }));
const AttributeNames = ["QueueArn"];
const { Attributes } = await sqs.send(new GetQueueAttributesCommand({ QueueUrl, AttributeNames }));

// A queue
const { SubscriptionArn } = await sns.send(
  new SubscribeCommand({
    TopicArn,
    Protocol: "sqs",
    Endpoint: Attributes.QueueArn,
    Attributes: { FilterPolicy: JSON.stringify({ price: [{ numeric: [">", 10] }] }) },
  }),
);
const publish = (price, Message) =>
  sns.send(
    new PublishCommand({
      TopicArn,
      Message,
      MessageAttributes: {
        price: { DataType: "Number", StringValue: String(price) },
        bytes: { DataType: "Binary", BinaryValue: new Uint8Array([0, 255]) },
      },
    }),
  );
await publish(5, "cheap");
const { MessageId } = await publish(50, "déar");
const receive = async () =>
  (await sqs.send(new ReceiveMessageCommand({ QueueUrl, MaxNumberOfMessages: 10 }))).Messages ?? [];
const [received] = await receive();
const notification = JSON.parse(received.Body);
assert.equal(notification.Message, "déar");
assert.equal(notification.MessageId, MessageId);
assert.deepEqual(notification.MessageAttributes.bytes, { Type: "Binary", Value: "AP8=" });

const raw = { SubscriptionArn, AttributeName: "RawMessageDelivery", AttributeValue: "true" };
await sns.send(new SetSubscriptionAttributesCommand(raw));
await sns.send(new SetSubscriptionAttributesCommand({ SubscriptionArn, AttributeName: "FilterPolicy", AttributeValue: "{}" }));
const shown = (await sns.send(new GetSubscriptionAttributesCommand({ SubscriptionArn }))).Attributes;
assert.equal(shown.RawMessageDelivery, "true");
assert.equal(shown.FilterPolicy, undefined);
const entries = [
  { Id: "1", Message: "one" },
  { Id: "2", Message: "two" },
];
const batch = await sns.send(new PublishBatchCommand({ TopicArn, PublishBatchRequestEntries: entries }));
assert.deepEqual(batch.Successful.map(({ Id }) => Id), ["1", "2"]);
assert.deepEqual(batch.Failed, []);
assert.deepEqual((await receive()).map(({ Body }) => Body).sort(), ["one", "two"]);
const withoutText = new PublishBatchCommand({ TopicArn, PublishBatchRequestEntries: [{ Id: "3", Message: "" }] });
await assert.rejects(sns.send(withoutText), { name: "InvalidParameterException" });
await sns.send(new UnsubscribeCommand({ SubscriptionArn }));

// An HTTP endpoint
const verify = async (message) => {
  const names =
    message.Type === "Notification"
      ? ["Message", "MessageId", "Subject", "Timestamp", "TopicArn", "Type"]
      : ["Message", "MessageId", "SubscribeURL", "Timestamp", "Token", "TopicArn", "Type"];
  const text = names.filter((key) => key in message).map((key) => `${key}\n${message[key]}\n`).join("");
  const certificate = new X509Certificate(await (await fetch(message.SigningCertURL)).text());
  const algorithm = message.SignatureVersion === "2" ? "RSA-SHA256" : "RSA-SHA1";
  assert(createVerify(algorithm).update(text).verify(certificate.publicKey, message.Signature, "base64"));
};
const server = createServer(async (request, response) => {
  const chunks = await request.toArray();
  response.end();
  server.emit("message", request.headers["x-amz-sns-message-type"], JSON.parse(Buffer.concat(chunks)));
});
await once(server.listen(0, "127.0.0.1"), "listening");
const asked = once(server, "message");
const Endpoint = `http://127.0.0.1:${server.address().port}/`;
await sns.send(new SubscribeCommand({ TopicArn, Protocol: "http", Endpoint }));
const [kind, question] = await asked;
assert.equal(kind, "SubscriptionConfirmation");
await verify(question);
await sns.send(new ConfirmSubscriptionCommand({ TopicArn, Token: question.Token }));
const delivered = once(server, "message");
await sns.send(new PublishCommand({ TopicArn, Message: "hello", Subject: "sübject" }));
const [, message] = await delivered;
assert.equal(message.Subject, "sübject");
await verify(message);
const { Subscriptions } = await sns.send(new ListSubscriptionsByTopicCommand({ TopicArn }));
assert.deepEqual(Subscriptions.map((entry) => entry.Endpoint), [Endpoint]);
await sns.send(new DeleteTopicCommand({ TopicArn }));
await assert.rejects(publish(50, "late"), (error) => error instanceof NotFoundException);
server.close();
server.closeAllConnections();
console.log("done");
