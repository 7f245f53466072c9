package main

import (
	"fmt"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/aws/aws-sdk-go-v2/service/sqs/types"
)

var (
	queues = sqs.NewFromConfig(all)
	jobs   *string
	made   []*string
)

func newQueue(name string, attributes map[string]string) *string {
	url := must(queues.CreateQueue(ctx, &sqs.CreateQueueInput{
		QueueName: aws.String(prefix + "-" + name), Attributes: attributes,
	})).QueueUrl
	made = append(made, url)
	return url
}

func arnOf(queue *string) *string {
	return aws.String(must(queues.GetQueueAttributes(ctx, &sqs.GetQueueAttributesInput{
		QueueUrl: queue, AttributeNames: []types.QueueAttributeName{"QueueArn"},
	})).Attributes["QueueArn"])
}

// receive waits for 20 seconds where input does not say how long.
func receive(queue *string, input *sqs.ReceiveMessageInput) []types.Message {
	input.QueueUrl = queue
	if input.WaitTimeSeconds == 0 {
		input.WaitTimeSeconds = 20
	}
	return must(queues.ReceiveMessage(ctx, input)).Messages
}

func remove(queue *string, message types.Message) {
	must(queues.DeleteMessage(ctx, &sqs.DeleteMessageInput{QueueUrl: queue, ReceiptHandle: message.ReceiptHandle}))
}

func send(queue *string, body string) {
	must(queues.SendMessage(ctx, &sqs.SendMessageInput{QueueUrl: queue, MessageBody: &body}))
}

func bodies(messages []types.Message) string {
	var found []string
	for _, message := range messages {
		found = append(found, *message.Body)
	}
	return strings.Join(found, " ")
}

// sqsMessages: sent, received, deleted; and what is refused.
func sqsMessages() {
	step("sqs.create_queue", func() {
		name := aws.String(prefix + "-jobs")
		jobs = must(queues.CreateQueue(ctx, &sqs.CreateQueueInput{
			QueueName: name, Attributes: map[string]string{"VisibilityTimeout": "45"}, Tags: map[string]string{"team": "music"},
		})).QueueUrl
		made = append(made, jobs)
		equal(must(queues.GetQueueUrl(ctx, &sqs.GetQueueUrlInput{QueueName: name})).QueueUrl, jobs)
		attributes := must(queues.GetQueueAttributes(ctx, &sqs.GetQueueAttributesInput{
			QueueUrl: jobs, AttributeNames: []types.QueueAttributeName{"All"},
		})).Attributes
		equal(attributes["VisibilityTimeout"], "45")
		tags := must(queues.ListQueueTags(ctx, &sqs.ListQueueTagsInput{QueueUrl: jobs})).Tags
		equal(tags, map[string]string{"team": "music"})
	})
	step("sqs.attributes", func() {
		attributes := map[string]types.MessageAttributeValue{
			"Text":  {DataType: aws.String("String"), StringValue: aws.String("ü")},
			"Count": {DataType: aws.String("Number.int"), StringValue: aws.String("12")},
			"Bytes": {DataType: aws.String("Binary"), BinaryValue: []byte{0, 255}},
		}
		must(queues.SendMessage(ctx, &sqs.SendMessageInput{
			QueueUrl: jobs, MessageBody: aws.String("with attributes"), MessageAttributes: attributes,
		}))
		message := receive(jobs, &sqs.ReceiveMessageInput{
			MessageAttributeNames: []string{"All"}, MessageSystemAttributeNames: []types.MessageSystemAttributeName{"All"},
		})[0]
		equal(message.MessageAttributes, attributes)
		equal(message.Attributes["ApproximateReceiveCount"], "1")
		remove(jobs, message)
	})
	step("sqs.long_poll", func() { equal(len(receive(jobs, &sqs.ReceiveMessageInput{WaitTimeSeconds: 1})), 0) })
	step("sqs.visibility", func() {
		send(jobs, "twice")
		must(queues.ChangeMessageVisibility(ctx, &sqs.ChangeMessageVisibilityInput{
			QueueUrl: jobs, ReceiptHandle: receive(jobs, &sqs.ReceiveMessageInput{})[0].ReceiptHandle, VisibilityTimeout: 0,
		}))
		counted := []types.MessageSystemAttributeName{"ApproximateReceiveCount"}
		second := receive(jobs, &sqs.ReceiveMessageInput{MessageSystemAttributeNames: counted})[0]
		equal(second.Attributes, map[string]string{"ApproximateReceiveCount": "2"})
		remove(jobs, second)
	})
	step("sqs.batch", batch)
	step("sqs.batch_failed", func() {
		answer := must(queues.SendMessageBatch(ctx, &sqs.SendMessageBatchInput{
			QueueUrl: jobs, Entries: []types.SendMessageBatchRequestEntry{
				{Id: aws.String("good"), MessageBody: aws.String("good")},
				{Id: aws.String("bad"), MessageBody: aws.String("bad"), DelaySeconds: 901},
			},
		}))
		equal([]int{len(answer.Successful), len(answer.Failed)}, []int{1, 1})
		failed := answer.Failed[0]
		equal([]any{*failed.Id, *failed.Code, failed.SenderFault}, []any{"bad", "InvalidParameterValue", true})
	})
	step("sqs.no_such_queue", func() {
		_, err := queues.GetQueueUrl(ctx, &sqs.GetQueueUrlInput{QueueName: aws.String(prefix + "-none")})
		typed[*types.QueueDoesNotExist](err)
	})
	step("sqs.bad_handle", func() {
		_, err := queues.DeleteMessage(ctx, &sqs.DeleteMessageInput{QueueUrl: jobs, ReceiptHandle: aws.String("no handle")})
		typed[*types.ReceiptHandleIsInvalid](err)
	})
}

func batch() {
	var entries []types.SendMessageBatchRequestEntry
	for n := range 10 {
		id := fmt.Sprint(n)
		entries = append(entries, types.SendMessageBatchRequestEntry{Id: &id, MessageBody: aws.String("message " + id)})
	}
	sent := must(queues.SendMessageBatch(ctx, &sqs.SendMessageBatchInput{QueueUrl: jobs, Entries: entries}))
	equal([]int{len(sent.Successful), len(sent.Failed)}, []int{10, 0})
	found := map[string]bool{}
	for len(found) < 10 {
		var handles []types.DeleteMessageBatchRequestEntry
		for n, message := range receive(jobs, &sqs.ReceiveMessageInput{MaxNumberOfMessages: 10}) {
			found[*message.Body] = true
			handles = append(handles, types.DeleteMessageBatchRequestEntry{
				Id: aws.String(fmt.Sprint(n)), ReceiptHandle: message.ReceiptHandle,
			})
		}
		deleted := must(queues.DeleteMessageBatch(ctx, &sqs.DeleteMessageBatchInput{QueueUrl: jobs, Entries: handles}))
		equal(len(deleted.Failed), 0)
	}
}

// sqsQueues: pages of them, FIFO, dead letters.
func sqsQueues() {
	step("sqs.paginator", func() {
		for n := range 5 {
			newQueue(fmt.Sprintf("page-%d", n), nil)
		}
		pages := sqs.NewListQueuesPaginator(queues, &sqs.ListQueuesInput{
			QueueNamePrefix: aws.String(prefix + "-page-"), MaxResults: aws.Int32(2),
		})
		sizes := []int{}
		for pages.HasMorePages() {
			sizes = append(sizes, len(must(pages.NextPage(ctx)).QueueUrls))
		}
		equal(sizes, []int{2, 2, 1})
	})
	step("sqs.fifo", func() {
		queue := newQueue("orders.fifo", map[string]string{"FifoQueue": "true"})
		for _, body := range []string{"1", "2", "2", "3"} {
			must(queues.SendMessage(ctx, &sqs.SendMessageInput{
				QueueUrl: queue, MessageBody: &body, MessageGroupId: aws.String("one"),
				MessageDeduplicationId: aws.String("id-" + body),
			}))
		}
		equal(bodies(receive(queue, &sqs.ReceiveMessageInput{MaxNumberOfMessages: 10})), "1 2 3")
	})
	step("sqs.dead_letter", func() {
		dead := newQueue("dead", nil)
		queue := newQueue("tried", map[string]string{
			"RedrivePolicy":     fmt.Sprintf(`{"deadLetterTargetArn": %q, "maxReceiveCount": 2}`, *arnOf(dead)),
			"VisibilityTimeout": "0",
		})
		send(queue, "poison")
		equal(bodies(receive(queue, &sqs.ReceiveMessageInput{})), "poison")
		equal(bodies(receive(queue, &sqs.ReceiveMessageInput{})), "poison")
		equal(len(receive(queue, &sqs.ReceiveMessageInput{WaitTimeSeconds: 1})), 0)
		equal(bodies(receive(dead, &sqs.ReceiveMessageInput{})), "poison")
		sources := must(queues.ListDeadLetterSourceQueues(ctx, &sqs.ListDeadLetterSourceQueuesInput{QueueUrl: dead}))
		equal(sources.QueueUrls, []string{*queue})
	})
}
