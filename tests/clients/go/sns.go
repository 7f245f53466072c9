package main

import (
	"encoding/json"
	"fmt"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sns"
	"github.com/aws/aws-sdk-go-v2/service/sns/types"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
)

var topics = sns.NewFromConfig(all)

func newTopic(name string, attributes map[string]string) *string {
	input := &sns.CreateTopicInput{Name: aws.String(prefix + "-" + name), Attributes: attributes}
	return must(topics.CreateTopic(ctx, input)).TopicArn
}

func subscribe(topic, queue *string, attributes map[string]string) *string {
	return must(topics.Subscribe(ctx, &sns.SubscribeInput{
		TopicArn: topic, Protocol: aws.String("sqs"), Endpoint: arnOf(queue), Attributes: attributes,
		ReturnSubscriptionArn: true,
	})).SubscriptionArn
}

func snsTopics() {
	events := newTopic("events", nil)
	step("sns.publish", func() {
		queue := newQueue("enveloped", nil)
		subscription := subscribe(events, queue, nil)
		sent := must(topics.Publish(ctx, &sns.PublishInput{
			TopicArn: events, Subject: aws.String("a subject"), Message: aws.String("a message"),
		}))
		message := receive(queue, &sqs.ReceiveMessageInput{})[0]
		var envelope struct{ Type, MessageId, Subject, Message string }
		check(json.Unmarshal([]byte(*message.Body), &envelope))
		equal(envelope.MessageId, *sent.MessageId)
		equal([]string{envelope.Type, envelope.Subject, envelope.Message}, []string{"Notification", "a subject", "a message"})
		remove(queue, message)
		must(topics.Unsubscribe(ctx, &sns.UnsubscribeInput{SubscriptionArn: subscription}))
		left := must(topics.ListSubscriptionsByTopic(ctx, &sns.ListSubscriptionsByTopicInput{TopicArn: events}))
		equal(len(left.Subscriptions), 0)
	})
	step("sns.filter", func() { filter(events) })
	step("sns.batch_failed", func() {
		answer := must(topics.PublishBatch(ctx, &sns.PublishBatchInput{
			TopicArn: events, PublishBatchRequestEntries: []types.PublishBatchRequestEntry{
				{Id: aws.String("good"), Message: aws.String("good")},
				{Id: aws.String("bad"), Message: aws.String("bad"), MessageDeduplicationId: aws.String("1")},
			},
		}))
		equal([]int{len(answer.Successful), len(answer.Failed)}, []int{1, 1})
		failed := answer.Failed[0]
		equal([]any{*failed.Id, *failed.Code, failed.SenderFault}, []any{"bad", "InvalidParameter", true})
	})
	step("sns.fifo", orderedTopic)
	step("sns.no_such_topic", func() {
		_, err := topics.Publish(ctx, &sns.PublishInput{
			TopicArn: aws.String(*events + "-none"), Message: aws.String("to nobody"),
		})
		typed[*types.NotFoundException](err)
	})
	step("sns.paginator", func() {
		for n := range 101 {
			newTopic(fmt.Sprintf("page-%d", n), nil)
		}
		pages := sns.NewListTopicsPaginator(topics, &sns.ListTopicsInput{})
		sizes := []int{}
		for pages.HasMorePages() {
			page := must(pages.NextPage(ctx))
			sizes = append(sizes, len(page.Topics))
		}
		equal(sizes[0], 100)
		equal(len(sizes) > 1, true)
	})
	for _, queue := range made {
		must(queues.DeleteQueue(ctx, &sqs.DeleteQueueInput{QueueUrl: queue}))
	}
}

func filter(topic *string) {
	queue := newQueue("filtered", nil)
	subscribe(topic, queue, map[string]string{
		"RawMessageDelivery": "true", "FilterPolicy": `{"kind": ["order"], "price": [{"numeric": [">=", 10]}]}`,
	})
	for _, sent := range [][]string{{"cheap", "order", "5"}, {"wanted", "order", "10"}, {"other", "refund", "10"}} {
		must(topics.Publish(ctx, &sns.PublishInput{
			TopicArn: topic, Message: &sent[0], MessageAttributes: map[string]types.MessageAttributeValue{
				"kind":  {DataType: aws.String("String"), StringValue: &sent[1]},
				"price": {DataType: aws.String("Number"), StringValue: &sent[2]},
			},
		}))
	}
	messages := receive(queue, &sqs.ReceiveMessageInput{MessageAttributeNames: []string{"All"}})
	equal(bodies(messages), "wanted")
	equal(*messages[0].MessageAttributes["kind"].StringValue, "order")
	remove(queue, messages[0])
	equal(len(receive(queue, &sqs.ReceiveMessageInput{WaitTimeSeconds: 1})), 0)
}

func orderedTopic() {
	queue := newQueue("ordered.fifo", map[string]string{"FifoQueue": "true"})
	topic := newTopic("ordered.fifo", map[string]string{"FifoTopic": "true", "ContentBasedDeduplication": "true"})
	subscribe(topic, queue, map[string]string{"RawMessageDelivery": "true"})
	for _, body := range []string{"1", "2", "2", "3"} {
		must(topics.Publish(ctx, &sns.PublishInput{TopicArn: topic, Message: &body, MessageGroupId: aws.String("one")}))
	}
	found := ""
	for len(found) < 3 {
		for _, message := range receive(queue, &sqs.ReceiveMessageInput{MaxNumberOfMessages: 10}) {
			found += *message.Body
			remove(queue, message)
		}
	}
	equal(found, "123")
}
