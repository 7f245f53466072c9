import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import software.amazon.awssdk.services.sns.SnsClient;
import software.amazon.awssdk.services.sns.model.MessageAttributeValue;
import software.amazon.awssdk.services.sns.model.NotFoundException;
import software.amazon.awssdk.services.sqs.model.Message;

/** SNS, with the queues that its topics lead to. */
final class SnsSteps {
    private final SnsClient sns = SnsClient.create();
    private final SqsSteps sqs;
    private final String events = create("events", Map.of());

    SnsSteps(SqsSteps sqs) {
        this.sqs = sqs;
    }

    private String create(String name, Map<String, String> attributes) {
        return sns.createTopic(r -> r.name(Scenario.prefix + "-" + name).attributes(attributes)).topicArn();
    }

    private String subscribe(String topic, String queue, Map<String, String> attributes) {
        return sns.subscribe(r -> r.topicArn(topic).protocol("sqs").endpoint(sqs.arn(queue)).attributes(attributes)
            .returnSubscriptionArn(true)).subscriptionArn();
    }

    void run() throws Exception {
        Scenario.step("sns.publish", () -> {
            String queue = sqs.create("enveloped", Map.of());
            String subscription = subscribe(events, queue, Map.of());
            String id = sns.publish(r -> r.topicArn(events).subject("a subject").message("a message")).messageId();
            Message message = sqs.receive(queue, r -> { }).get(0);
            for (String part : List.of(id, "\"Notification\"", "\"a subject\"", "\"a message\"")) {
                Scenario.equal(message.body().contains(part), true);
            }
            sqs.delete(queue, message);
            sns.unsubscribe(r -> r.subscriptionArn(subscription));
            Scenario.equal(sns.listSubscriptionsByTopic(r -> r.topicArn(events)).subscriptions(), List.of());
        });
        Scenario.step("sns.filter", this::filter);
        Scenario.step("sns.batch_failed", () -> {
            var answer = sns.publishBatch(r -> r.topicArn(events).publishBatchRequestEntries(
                e -> e.id("good").message("good"), e -> e.id("bad").message("bad").messageDeduplicationId("1")));
            Scenario.equal(answer.successful().get(0).id(), "good");
            var failed = answer.failed().get(0);
            Scenario.equal(List.of(failed.id(), failed.code(), failed.senderFault()), List.of("bad", "InvalidParameter", true));
        });
        Scenario.step("sns.fifo", this::ordered);
        Scenario.step("sns.no_such_topic", () -> Scenario.thrown(NotFoundException.class,
            () -> sns.publish(r -> r.topicArn(events + "-none").message("to nobody"))));
        Scenario.step("sns.paginator", () -> {
            IntStream.range(0, 101).forEach(n -> create("page-" + n, Map.of()));
            var sizes = sns.listTopicsPaginator().stream().map(page -> page.topics().size()).toList();
            Scenario.equal(List.of(sizes.size() > 1, sizes.get(0)), List.of(true, 100));
        });
    }

    private void filter() {
        String queue = sqs.create("filtered", Map.of());
        subscribe(events, queue, Map.of("RawMessageDelivery", "true",
            "FilterPolicy", "{\"kind\": [\"order\"], \"price\": [{\"numeric\": [\">=\", 10]}]}"));
        for (var sent : List.of(
                List.of("cheap", "order", "5"), List.of("wanted", "order", "10"), List.of("other", "refund", "10"))) {
            sns.publish(r -> r.topicArn(events).message(sent.get(0)).messageAttributes(Map.of(
                "kind", MessageAttributeValue.builder().dataType("String").stringValue(sent.get(1)).build(),
                "price", MessageAttributeValue.builder().dataType("Number").stringValue(sent.get(2)).build())));
        }
        List<Message> found = sqs.receive(queue, r -> r.messageAttributeNames("All"));
        Scenario.equal(SqsSteps.bodies(found), List.of("wanted"));
        Scenario.equal(found.get(0).messageAttributes().get("kind").stringValue(), "order");
        sqs.delete(queue, found.get(0));
        Scenario.equal(sqs.receive(queue, r -> r.waitTimeSeconds(1)), List.of());
    }

    private void ordered() {
        String queue = sqs.create("ordered.fifo", Map.of("FifoQueue", "true"));
        String topic = create("ordered.fifo", Map.of("FifoTopic", "true", "ContentBasedDeduplication", "true"));
        subscribe(topic, queue, Map.of("RawMessageDelivery", "true"));
        for (String body : List.of("1", "2", "2", "3")) {
            sns.publish(r -> r.topicArn(topic).message(body).messageGroupId("one"));
        }
        List<String> found = new ArrayList<>();
        while (found.size() < 3) {
            for (Message message : sqs.receive(queue, r -> r.maxNumberOfMessages(10))) {
                found.add(message.body());
                sqs.delete(queue, message);
            }
        }
        Scenario.equal(found, List.of("1", "2", "3"));
    }
}
