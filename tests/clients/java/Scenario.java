import java.util.List;
import java.util.Objects;
import software.amazon.awssdk.auth.credentials.AwsSessionCredentials;
import software.amazon.awssdk.auth.credentials.StaticCredentialsProvider;
import software.amazon.awssdk.awscore.exception.AwsServiceException;
import software.amazon.awssdk.services.sts.StsClient;

/** The scenario in the AWS SDK for Java, version 2: {@code java Scenario PREFIX}, with AWS_ENDPOINT_URL and the rest. */
public final class Scenario {
    static String prefix;

    interface Step {
        void run() throws Exception;
    }

    static void step(String name, Step step) throws Exception {
        step.run();
        System.out.println(name);
    }

    static void equal(Object found, Object wanted) {
        if (!Objects.equals(found, wanted)) {
            throw new AssertionError("[" + found + "] is not [" + wanted + "]");
        }
    }

    /** The exception that the step ends with, which must be of this class. */
    static <T extends Throwable> T thrown(Class<T> type, Step step) {
        try {
            step.run();
        } catch (Throwable found) {
            Throwable cause = found instanceof java.util.concurrent.ExecutionException ? found.getCause() : found;
            if (type.isInstance(cause)) {
                return type.cast(cause);
            }
            throw new AssertionError(cause + " is no " + type, cause);
        }
        throw new AssertionError("no " + type);
    }

    /** The same for what has no class of its own: a code, and an HTTP status. */
    static void refused(String code, int status, Step step) {
        AwsServiceException found = thrown(AwsServiceException.class, step);
        equal(List.of(found.awsErrorDetails().errorCode(), found.statusCode()), List.of(code, status));
    }

    public static void main(String[] arguments) throws Exception {
        prefix = arguments[0];
        StsClient sts = StsClient.create();
        step("sts.caller_identity", () -> equal(sts.getCallerIdentity().account(), "000000000000"));
        step("sts.assume_role", () -> {
            var taken = sts.assumeRole(r -> r.roleArn("arn:aws:iam::000000000000:role/reader").roleSessionName("session"))
                .credentials();
            var session = AwsSessionCredentials.create(
                taken.accessKeyId(), taken.secretAccessKey(), taken.sessionToken());
            StsClient other = StsClient.builder().credentialsProvider(StaticCredentialsProvider.create(session)).build();
            equal(other.getCallerIdentity().arn(), "arn:aws:sts::000000000000:assumed-role/reader/session");
        });
        SqsSteps sqs = new SqsSteps();
        new S3Steps(sqs).run();
        new DynamodbSteps().run();
        sqs.run();
        new SnsSteps(sqs).run();
        sqs.deleteAll();
        new DirectoryBucketSteps().run();
        step("java.v1_mapper", Version1::run);
        System.exit(0);
    }
}
