<?php
// The scenario with AsyncAws, as Debian packages it (SQS, SNS and STS): `php scenario.php PREFIX ENDPOINT`.
require "AsyncAws/Core/autoload.php";
require "AsyncAws/Sqs/autoload.php";
require "AsyncAws/Sns/autoload.php";

use AsyncAws\Core\Exception\Http\ClientException;
use AsyncAws\Core\Sts\StsClient;
use AsyncAws\Sns\SnsClient;
use AsyncAws\Sqs\SqsClient;

[, $prefix, $endpoint] = $argv;
$common = ["endpoint" => $endpoint, "region" => "us-east-1", "accessKeyId" => "test", "accessKeySecret" => "test"];
$sqs = new SqsClient($common);
$sns = new SnsClient($common);
$urls = [];

function equal(mixed $found, mixed $wanted): void
{
    if ($found !== $wanted) {
        throw new Exception(json_encode($found) . " is not " . json_encode($wanted));
    }
}

/** The call must end with this exception, or with this code. */
function refused(callable $call, string $codeOrClass): void
{
    try {
        $call();
    } catch (ClientException $error) {
        equal($error instanceof $codeOrClass || $error->getAwsCode() === $codeOrClass, true);
        return;
    }
    throw new Exception("no $codeOrClass");
}

function step(string $name, callable $step): void
{
    $step();
    echo "$name\n";
}

function create(string $name, array $attributes = []): string
{
    global $sqs, $prefix, $urls;
    return $urls[$name] = $sqs->createQueue(["QueueName" => "$prefix-$name", "Attributes" => $attributes])->getQueueUrl();
}

function arn(string $name): string
{
    global $prefix;
    return "arn:aws:sqs:us-east-1:000000000000:$prefix-$name";
}

function receive(string $url, int $wait = 20): array
{
    global $sqs;
    $asked = ["QueueUrl" => $url, "WaitTimeSeconds" => $wait, "MaxNumberOfMessages" => 10, "MessageAttributeNames" => ["All"]];
    return $sqs->receiveMessage([...$asked, "AttributeNames" => ["All"]])->getMessages();
}

function bodies(array $messages): array
{
    return array_map(fn ($message) => $message->getBody(), $messages);
}

function remove(string $url, object $message): void
{
    global $sqs;
    $sqs->deleteMessage(["QueueUrl" => $url, "ReceiptHandle" => $message->getReceiptHandle()])->resolve();
}

step("sts.caller_identity", fn () => equal((new StsClient($common))->getCallerIdentity()->getAccount(), "000000000000"));
step("sts.assume_role", function () use ($common) {
    $role = ["RoleArn" => "arn:aws:iam::000000000000:role/reader", "RoleSessionName" => "session"];
    $taken = (new StsClient($common))->assumeRole($role)->getCredentials();
    $session = ["accessKeyId" => $taken->getAccessKeyId(), "accessKeySecret" => $taken->getSecretAccessKey()];
    $who = (new StsClient([...$common, ...$session, "sessionToken" => $taken->getSessionToken()]))->getCallerIdentity();
    equal($who->getArn(), "arn:aws:sts::000000000000:assumed-role/reader/session");
});

step("sqs.create_queue", function () use ($sqs, $prefix) {
    $url = create("jobs", ["VisibilityTimeout" => "45"]);
    equal($sqs->getQueueUrl(["QueueName" => "$prefix-jobs"])->getQueueUrl(), $url);
    $attributes = $sqs->getQueueAttributes(["QueueUrl" => $url, "AttributeNames" => ["All"]])->getAttributes();
    equal([$attributes["VisibilityTimeout"], $attributes["QueueArn"]], ["45", arn("jobs")]);
});
step("sqs.attributes", function () use ($sqs, &$urls) {
    $attributes = ["Text" => ["DataType" => "String", "StringValue" => "ü"]];
    $attributes["Bytes"] = ["DataType" => "Binary", "BinaryValue" => "\x00\xff"];
    $sent = ["QueueUrl" => $urls["jobs"], "MessageBody" => "with attributes", "MessageAttributes" => $attributes];
    $sqs->sendMessage($sent)->resolve();
    [$message] = receive($urls["jobs"]);
    equal($message->getMessageAttributes()["Text"]->getStringValue(), "ü");
    equal($message->getMessageAttributes()["Bytes"]->getBinaryValue(), "\x00\xff");
    equal($message->getAttributes()["ApproximateReceiveCount"], "1");
    remove($urls["jobs"], $message);
});
step("sqs.long_poll", fn () => equal(receive($urls["jobs"], 1), []));
step("sqs.visibility", function () use ($sqs, &$urls) {
    $sqs->sendMessage(["QueueUrl" => $urls["jobs"], "MessageBody" => "twice"])->resolve();
    $handle = receive($urls["jobs"])[0]->getReceiptHandle();
    $change = ["QueueUrl" => $urls["jobs"], "ReceiptHandle" => $handle, "VisibilityTimeout" => 0];
    $sqs->changeMessageVisibility($change)->resolve();
    [$second] = receive($urls["jobs"]);
    equal($second->getAttributes()["ApproximateReceiveCount"], "2");
    remove($urls["jobs"], $second);
});
step("sqs.batch_failed", function () use ($sqs, &$urls) {
    $good = ["Id" => "good", "MessageBody" => "good"];
    $bad = ["Id" => "bad", "MessageBody" => "bad", "DelaySeconds" => 901];
    $answer = $sqs->sendMessageBatch(["QueueUrl" => $urls["jobs"], "Entries" => [$good, $bad]]);
    equal([$answer->getSuccessful()[0]->getId(), $answer->getFailed()[0]->getId()], ["good", "bad"]);
    equal($answer->getFailed()[0]->getCode(), "InvalidParameterValue");
});
step("sqs.no_such_queue", fn () => refused(
    fn () => $sqs->getQueueUrl(["QueueName" => "$prefix-none"])->resolve(),
    AsyncAws\Sqs\Exception\QueueDoesNotExistException::class,
));
step("sqs.bad_handle", fn () => refused(
    fn () => $sqs->deleteMessage(["QueueUrl" => $urls["jobs"], "ReceiptHandle" => "no handle"])->resolve(),
    "ReceiptHandleIsInvalid",
));
step("sqs.paginator", function () use ($sqs, $prefix) {
    foreach (range(0, 4) as $n) {
        create("page-$n");
    }
    $listed = $sqs->listQueues(["QueueNamePrefix" => "$prefix-page-", "MaxResults" => 2]);
    equal(count(iterator_to_array($listed->getQueueUrls(), false)), 5);
});
step("sqs.fifo", function () use ($sqs) {
    $url = create("orders.fifo", ["FifoQueue" => "true"]);
    foreach (["1", "2", "2", "3"] as $body) {
        $ids = ["MessageGroupId" => "one", "MessageDeduplicationId" => "id-$body"];
        $sqs->sendMessage(["QueueUrl" => $url, "MessageBody" => $body, ...$ids])->resolve();
    }
    equal(bodies(receive($url)), ["1", "2", "3"]);
});
step("sqs.dead_letter", function () use ($sqs) {
    $dead = create("dead");
    $policy = json_encode(["deadLetterTargetArn" => arn("dead"), "maxReceiveCount" => 1]);
    $url = create("tried", ["RedrivePolicy" => $policy, "VisibilityTimeout" => "0"]);
    $sqs->sendMessage(["QueueUrl" => $url, "MessageBody" => "poison"])->resolve();
    equal([bodies(receive($url)), receive($url, 1), bodies(receive($dead))], [["poison"], [], ["poison"]]);
});

$topic = $sns->createTopic(["Name" => "$prefix-events"])->getTopicArn();
step("sns.publish", function () use ($sns, $topic) {
    $url = create("enveloped");
    $sns->subscribe(["TopicArn" => $topic, "Protocol" => "sqs", "Endpoint" => arn("enveloped")])->resolve();
    $id = $sns->publish(["TopicArn" => $topic, "Subject" => "a subject", "Message" => "a message"])->getMessageId();
    $envelope = json_decode(receive($url)[0]->getBody(), true);
    equal([$envelope["MessageId"], $envelope["Subject"], $envelope["Message"]], [$id, "a subject", "a message"]);
});
step("sns.filter", function () use ($sns, $topic) {
    $url = create("filtered");
    $attributes = ["RawMessageDelivery" => "true", "FilterPolicy" => json_encode(["kind" => ["order"]])];
    $asked = ["TopicArn" => $topic, "Protocol" => "sqs", "Endpoint" => arn("filtered"), "Attributes" => $attributes];
    $sns->subscribe($asked)->resolve();
    foreach (["refund", "order"] as $kind) {
        $kinds = ["kind" => ["DataType" => "String", "StringValue" => $kind]];
        $sns->publish(["TopicArn" => $topic, "Message" => $kind, "MessageAttributes" => $kinds])->resolve();
    }
    equal(bodies(receive($url)), ["order"]);
});
step("sns.no_such_topic", fn () => refused(
    fn () => $sns->publish(["TopicArn" => "$topic-none", "Message" => "to nobody"])->resolve(),
    AsyncAws\Sns\Exception\NotFoundException::class,
));
foreach ($urls as $url) {
    $sqs->deleteQueue(["QueueUrl" => $url])->resolve();
}
$sns->deleteTopic(["TopicArn" => $topic])->resolve();
