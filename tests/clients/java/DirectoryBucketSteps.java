import software.amazon.awssdk.core.sync.RequestBody;
import software.amazon.awssdk.services.s3.S3Client;
import software.amazon.awssdk.services.s3.model.BucketType;
import software.amazon.awssdk.services.s3.model.DataRedundancy;
import software.amazon.awssdk.services.s3.model.LocationType;

/** A bucket of S3 Express One Zone, for which the SDK opens sessions by itself. */
final class DirectoryBucketSteps {
    private final S3Client s3 = S3Client.create();
    private final String bucket = Scenario.prefix + "--use1-az4--x-s3";

    private String text(String key) {
        return s3.getObjectAsBytes(r -> r.bucket(bucket).key(key)).asUtf8String();
    }

    void run() throws Exception {
        Scenario.step("s3express.create_bucket", () -> {
            s3.createBucket(r -> r.bucket(bucket).createBucketConfiguration(c -> c
                .location(l -> l.type(LocationType.AVAILABILITY_ZONE).name("use1-az4"))
                .bucket(b -> b.type(BucketType.DIRECTORY).dataRedundancy(DataRedundancy.SINGLE_AVAILABILITY_ZONE))));
            // With an endpoint that is given, the SDK looks for a session here too, and has no bucket to ask for one.
            S3Client plain = S3Client.builder().disableS3ExpressSessionAuth(true).build();
            var found = plain.listDirectoryBucketsPaginator(r -> {}).buckets().stream().anyMatch(b -> b.name().equals(bucket));
            Scenario.equal(found, true);
        });
        Scenario.step("s3express.append", () -> {
            s3.putObject(r -> r.bucket(bucket).key("logs/today"), RequestBody.fromString("one"));
            s3.putObject(r -> r.bucket(bucket).key("logs/today").writeOffsetBytes(3L), RequestBody.fromString(", two"));
            Scenario.equal(text("logs/today"), "one, two");
        });
        Scenario.step("s3express.rename", () -> {
            s3.renameObject(r -> r.bucket(bucket).key("logs/yesterday").renameSource(bucket + "/logs/today"));
            var listed = s3.listObjectsV2(r -> r.bucket(bucket).prefix("logs/")).contents();
            Scenario.equal(listed.stream().map(o -> o.key()).toList(), java.util.List.of("logs/yesterday"));
            Scenario.equal(text("logs/yesterday"), "one, two");
        });
        Scenario.step("s3express.delete_bucket", () -> {
            s3.deleteObject(r -> r.bucket(bucket).key("logs/yesterday"));
            s3.deleteBucket(r -> r.bucket(bucket));
        });
    }
}
