// SNS, with the queues that its topics lead to.
import assert from "node:assert/strict";
import * as sdk from "@aws-sdk/client-sns";
import { arnOf, createQueue, receive, remove } from "./sqs.mjs";
import { PREFIX, rejected } from "./steps.mjs";

const sns = new sdk.SNS({});
const topics = {};

async function createTopic(name, Attributes = {}) {
  topics[name] = (await sns.createTopic({ Name: `${PREFIX}-${name}`, Attributes })).TopicArn;
  return topics[name];
}

async function subscribe(TopicArn, queue, Attributes = {}) {
  const given = { TopicArn, Protocol: "sqs", Endpoint: await arnOf(queue), Attributes, ReturnSubscriptionArn: true };
  return (await sns.subscribe(given)).SubscriptionArn;
}

export const snsSteps = {
  async publish() {
    const queue = await createQueue("enveloped");
    const TopicArn = await createTopic("events");
    const SubscriptionArn = await subscribe(TopicArn, queue);
    const { MessageId } = await sns.publish({ TopicArn, Subject: "a subject", Message: "a message" });
    const [message] = await receive(queue);
    const envelope = JSON.parse(message.Body);
    assert.deepEqual([envelope.Type, envelope.MessageId], ["Notification", MessageId]);
    assert.deepEqual([envelope.Subject, envelope.Message], ["a subject", "a message"]);
    await remove(queue, message);
    await sns.unsubscribe({ SubscriptionArn });
    assert.deepEqual((await sns.listSubscriptionsByTopic({ TopicArn })).Subscriptions, []);
  },
  async filter() {
    const TopicArn = topics.events;
    const queue = await createQueue("filtered");
    const FilterPolicy = JSON.stringify({ kind: ["order"], price: [{ numeric: [">=", 10] }] });
    await subscribe(TopicArn, queue, { RawMessageDelivery: "true", FilterPolicy });
    for (const [Message, kind, price] of [["cheap", "order", "5"], ["wanted", "order", "10"], ["other", "refund", "10"]]) {
      const MessageAttributes = {
        kind: { DataType: "String", StringValue: kind },
        price: { DataType: "Number", StringValue: price },
      };
      await sns.publish({ TopicArn, Message, MessageAttributes });
    }
    const [message] = await receive(queue, { MessageAttributeNames: ["All"] });
    assert.deepEqual([message.Body, message.MessageAttributes.kind.StringValue], ["wanted", "order"]);
    await remove(queue, message);
    assert.deepEqual(await receive(queue, { WaitTimeSeconds: 1 }), []);
  },
  async batch_failed() {
    const PublishBatchRequestEntries = [
      { Id: "good", Message: "good" },
      { Id: "bad", Message: "bad", MessageDeduplicationId: "1" },
    ];
    const answer = await sns.publishBatch({ TopicArn: topics.events, PublishBatchRequestEntries });
    assert.deepEqual(answer.Successful.map((entry) => entry.Id), ["good"]);
    const [failed] = answer.Failed;
    assert.deepEqual([failed.Id, failed.Code, failed.SenderFault], ["bad", "InvalidParameter", true]);
  },
  async fifo() {
    const queue = await createQueue("ordered.fifo", { FifoQueue: "true" });
    const TopicArn = await createTopic("ordered.fifo", { FifoTopic: "true", ContentBasedDeduplication: "true" });
    await subscribe(TopicArn, queue, { RawMessageDelivery: "true" });
    for (const Message of ["1", "2", "2", "3"]) await sns.publish({ TopicArn, Message, MessageGroupId: "one" });
    const found = [];
    while (found.length < 3) {
      for (const message of await receive(queue, { MaxNumberOfMessages: 10 })) {
        found.push(message.Body);
        await remove(queue, message);
      }
    }
    assert.deepEqual(found, ["1", "2", "3"]);
  },
  async no_such_topic() {
    const published = sns.publish({ TopicArn: `${topics.events}-none`, Message: "to nobody" });
    await rejected(published, sdk.NotFoundException, 404);
  },
  async paginator() {
    for (let n = 0; n < 101; n++) await createTopic(`page-${n}`);
    const found = new Set();
    let pages = 0;
    for await (const page of sdk.paginateListTopics({ client: sns }, {})) {
      pages += 1;
      page.Topics.forEach((topic) => found.add(topic.TopicArn));
    }
    assert.ok(pages > 1);
    for (const TopicArn of Object.values(topics)) {
      assert.ok(found.has(TopicArn));
      await sns.deleteTopic({ TopicArn });
    }
  },
};
