import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;
import java.util.stream.IntStream;
import software.amazon.awssdk.core.SdkBytes;
import software.amazon.awssdk.services.sqs.SqsAsyncClient;
import software.amazon.awssdk.services.sqs.SqsClient;
import software.amazon.awssdk.services.sqs.batchmanager.SqsAsyncBatchManager;
import software.amazon.awssdk.services.sqs.model.*;

/** SQS, and the queues of the other services' steps. */
final class SqsSteps {
    final SqsClient sqs = SqsClient.create();
    private final List<String> made = new ArrayList<>();
    private String jobs;

    String create(String name, Map<String, String> attributes) {
        String url = sqs.createQueue(r -> r.queueName(Scenario.prefix + "-" + name).attributesWithStrings(attributes)).queueUrl();
        made.add(url);
        return url;
    }

    String arn(String url) {
        return sqs.getQueueAttributes(r -> r.queueUrl(url).attributeNames(QueueAttributeName.QUEUE_ARN))
            .attributes().get(QueueAttributeName.QUEUE_ARN);
    }

    /** Waits for 20 seconds, where {@code given} does not say how long. */
    List<Message> receive(String url, Consumer<ReceiveMessageRequest.Builder> given) {
        return sqs.receiveMessage(
            ReceiveMessageRequest.builder().queueUrl(url).waitTimeSeconds(20).applyMutation(given).build()).messages();
    }

    void delete(String url, Message message) {
        sqs.deleteMessage(r -> r.queueUrl(url).receiptHandle(message.receiptHandle()));
    }

    static List<String> bodies(List<Message> messages) {
        return messages.stream().map(Message::body).toList();
    }

    void deleteAll() {
        made.forEach(url -> sqs.deleteQueue(r -> r.queueUrl(url)));
    }

    void run() throws Exception {
        Scenario.step("sqs.create_queue", () -> {
            jobs = sqs.createQueue(r -> r.queueName(Scenario.prefix + "-jobs").tags(Map.of("team", "music"))
                .attributesWithStrings(Map.of("VisibilityTimeout", "45"))).queueUrl();
            made.add(jobs);
            Scenario.equal(sqs.getQueueUrl(r -> r.queueName(Scenario.prefix + "-jobs")).queueUrl(), jobs);
            var attributes = sqs.getQueueAttributes(r -> r.queueUrl(jobs).attributeNames(QueueAttributeName.ALL));
            Scenario.equal(attributes.attributesAsStrings().get("VisibilityTimeout"), "45");
            Scenario.equal(sqs.listQueueTags(r -> r.queueUrl(jobs)).tags(), Map.of("team", "music"));
        });
        messages();
        Scenario.step("sqs.batch", this::batch);
        Scenario.step("sqs.batch_failed", () -> {
            var answer = sqs.sendMessageBatch(r -> r.queueUrl(jobs).entries(
                e -> e.id("good").messageBody("good"), e -> e.id("bad").messageBody("bad").delaySeconds(901)));
            Scenario.equal(answer.successful().get(0).id(), "good");
            BatchResultErrorEntry failed = answer.failed().get(0);
            Scenario.equal(List.of(failed.id(), failed.code(), failed.senderFault()), List.of("bad", "InvalidParameterValue", true));
        });
        Scenario.step("sqs.no_such_queue", () -> Scenario.thrown(QueueDoesNotExistException.class,
            () -> sqs.getQueueUrl(r -> r.queueName(Scenario.prefix + "-none"))));
        Scenario.step("sqs.bad_handle", () -> Scenario.thrown(ReceiptHandleIsInvalidException.class,
            () -> sqs.deleteMessage(r -> r.queueUrl(jobs).receiptHandle("no handle"))));
        queues();
    }

    private void messages() throws Exception {
        Scenario.step("sqs.attributes", () -> {
            Map<String, MessageAttributeValue> attributes = Map.of(
                "Text", MessageAttributeValue.builder().dataType("String").stringValue("ü").build(),
                "Count", MessageAttributeValue.builder().dataType("Number.int").stringValue("12").build(),
                "Bytes", MessageAttributeValue.builder().dataType("Binary")
                    .binaryValue(SdkBytes.fromByteArray(new byte[] {0, -1})).build());
            sqs.sendMessage(r -> r.queueUrl(jobs).messageBody("with attributes").messageAttributes(attributes));
            Message message = receive(jobs, r -> r.messageAttributeNames("All")
                .messageSystemAttributeNames(MessageSystemAttributeName.ALL)).get(0);
            Scenario.equal(message.messageAttributes(), attributes);
            Scenario.equal(message.attributesAsStrings().get("ApproximateReceiveCount"), "1");
            delete(jobs, message);
        });
        Scenario.step("sqs.long_poll", () -> Scenario.equal(receive(jobs, r -> r.waitTimeSeconds(1)), List.of()));
        Scenario.step("sqs.visibility", () -> {
            sqs.sendMessage(r -> r.queueUrl(jobs).messageBody("twice"));
            Message first = receive(jobs, r -> { }).get(0);
            sqs.changeMessageVisibility(r -> r.queueUrl(jobs).receiptHandle(first.receiptHandle()).visibilityTimeout(0));
            Message second = receive(jobs, r -> r.messageSystemAttributeNamesWithStrings("ApproximateReceiveCount")).get(0);
            Scenario.equal(second.attributesAsStrings(), Map.of("ApproximateReceiveCount", "2"));
            delete(jobs, second);
        });
    }

    /** Ten at once, by the batch manager of the asynchronous client, which speaks by Netty. */
    private void batch() throws Exception {
        try (SqsAsyncClient netty = SqsAsyncClient.create(); SqsAsyncBatchManager manager = netty.batchManager()) {
            var sent = IntStream.range(0, 10).mapToObj(
                n -> manager.sendMessage(r -> r.queueUrl(jobs).messageBody("message " + n))).toList();
            CompletableFuture.allOf(sent.toArray(CompletableFuture[]::new)).get();
        }
        Set<String> found = new HashSet<>();
        while (found.size() < 10) {
            List<Message> messages = receive(jobs, r -> r.maxNumberOfMessages(10));
            found.addAll(bodies(messages));
            List<DeleteMessageBatchRequestEntry> handles = messages.stream().map(m -> DeleteMessageBatchRequestEntry
                .builder().id(m.messageId()).receiptHandle(m.receiptHandle()).build()).toList();
            Scenario.equal(sqs.deleteMessageBatch(r -> r.queueUrl(jobs).entries(handles)).hasFailed(), false);
        }
    }

    private void queues() throws Exception {
        Scenario.step("sqs.paginator", () -> {
            IntStream.range(0, 5).forEach(n -> create("page-" + n, Map.of()));
            var pages = sqs.listQueuesPaginator(r -> r.queueNamePrefix(Scenario.prefix + "-page-").maxResults(2));
            Scenario.equal(pages.stream().map(page -> page.queueUrls().size()).toList(), List.of(2, 2, 1));
        });
        Scenario.step("sqs.fifo", () -> {
            String url = create("orders.fifo", Map.of("FifoQueue", "true"));
            for (String body : List.of("1", "2", "2", "3")) {
                sqs.sendMessage(r -> r.queueUrl(url).messageBody(body).messageGroupId("one").messageDeduplicationId("id-" + body));
            }
            Scenario.equal(bodies(receive(url, r -> r.maxNumberOfMessages(10))), List.of("1", "2", "3"));
        });
        Scenario.step("sqs.dead_letter", () -> {
            String dead = create("dead", Map.of());
            String policy = "{\"deadLetterTargetArn\": \"" + arn(dead) + "\", \"maxReceiveCount\": 2}";
            String url = create("tried", Map.of("RedrivePolicy", policy, "VisibilityTimeout", "0"));
            sqs.sendMessage(r -> r.queueUrl(url).messageBody("poison"));
            Scenario.equal(bodies(receive(url, r -> { })), List.of("poison"));
            Scenario.equal(bodies(receive(url, r -> { })), List.of("poison"));
            Scenario.equal(receive(url, r -> r.waitTimeSeconds(1)), List.of());
            Scenario.equal(bodies(receive(dead, r -> { })), List.of("poison"));
            Scenario.equal(sqs.listDeadLetterSourceQueues(r -> r.queueUrl(dead)).queueUrls(), List.of(url));
        });
    }
}
