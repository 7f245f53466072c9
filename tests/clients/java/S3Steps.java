import java.io.ByteArrayInputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.Executors;
import java.util.function.Consumer;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import software.amazon.awssdk.core.async.AsyncRequestBody;
import software.amazon.awssdk.core.async.AsyncResponseTransformer;
import software.amazon.awssdk.core.sync.RequestBody;
import software.amazon.awssdk.regions.Region;
import software.amazon.awssdk.services.s3.S3AsyncClient;
import software.amazon.awssdk.services.s3.S3Client;
import software.amazon.awssdk.services.s3.model.*;
import software.amazon.awssdk.services.s3.presigner.S3Presigner;
import software.amazon.awssdk.transfer.s3.S3TransferManager;

/** S3 by the blocking client, by Netty, by the CRT and by the transfer manager. */
final class S3Steps {
    private static final int PART = 5 * 1024 * 1024;
    private final S3Client s3 = S3Client.create();
    private final String bucket = Scenario.prefix + "-bucket";
    private final byte[] large = new byte[12 * 1024 * 1024];
    private final SqsSteps sqs;

    S3Steps(SqsSteps sqs) {
        this.sqs = sqs;
        new Random(1).nextBytes(large);
    }

    private PutObjectResponse put(String key, String text) {
        return s3.putObject(r -> r.bucket(bucket).key(key), RequestBody.fromString(text));
    }

    private PutObjectResponse put(Consumer<PutObjectRequest.Builder> given, String text) {
        return s3.putObject(PutObjectRequest.builder().bucket(bucket).applyMutation(given).build(), RequestBody.fromString(text));
    }

    private String text(Consumer<GetObjectRequest.Builder> given) {
        return s3.getObjectAsBytes(GetObjectRequest.builder().bucket(bucket).applyMutation(given).build()).asUtf8String();
    }

    private String etag(String key) {
        return s3.headObject(r -> r.bucket(bucket).key(key)).eTag();
    }

    void run() throws Exception {
        objects();
        streams();
        conditions();
        transfers();
        presigned();
        listings();
        Scenario.step("s3.versions", this::versions);
        Scenario.step("s3.tags", () -> {
            Tagging tags = Tagging.builder().tagSet(t -> t.key("team").value("music + dance")).build();
            s3.putObjectTagging(r -> r.bucket(bucket).key("greeting").tagging(tags));
            Scenario.equal(s3.getObjectTagging(r -> r.bucket(bucket).key("greeting")).tagSet(), tags.tagSet());
        });
        Scenario.step("s3.attributes", () -> {
            var found = s3.getObjectAttributes(r -> r.bucket(bucket).key("SHA256").objectAttributes(
                ObjectAttributes.OBJECT_SIZE, ObjectAttributes.CHECKSUM, ObjectAttributes.STORAGE_CLASS));
            Scenario.equal(found.objectSize(), 7L);
            Scenario.equal(found.storageClass(), StorageClass.STANDARD);
            Scenario.equal(found.checksum().checksumSHA256() != null, true);
        });
        Scenario.step("s3.notification", this::notification);
        Scenario.step("s3.delete_bucket", this::deleteBucket);
    }

    private void objects() throws Exception {
        Scenario.step("s3.create_bucket", () -> {
            s3.createBucket(r -> r.bucket(bucket));
            s3.waiter().waitUntilBucketExists(r -> r.bucket(bucket));
        });
        Scenario.step("s3.bucket_owned_by_you", () -> {
            S3Client elsewhere = S3Client.builder().region(Region.EU_WEST_1).build();
            Scenario.thrown(BucketAlreadyOwnedByYouException.class, () -> elsewhere.createBucket(
                r -> r.bucket(bucket).createBucketConfiguration(c -> c.locationConstraint("eu-west-1"))));
        });
        Scenario.step("s3.put_get", () -> {
            put(r -> r.key("greeting").contentType("text/plain").metadata(Map.of("team", "music")), "hello");
            var got = s3.getObjectAsBytes(r -> r.bucket(bucket).key("greeting"));
            Scenario.equal(got.asUtf8String(), "hello");
            Scenario.equal(got.response().contentType(), "text/plain");
            Scenario.equal(got.response().metadata(), Map.of("team", "music"));
        });
    }

    private void streams() throws Exception {
        Scenario.step("s3.put_stream", () -> {
            try (S3AsyncClient netty = S3AsyncClient.builder().multipartEnabled(true).build()) {
                var threads = Executors.newSingleThreadExecutor();
                var body = AsyncRequestBody.fromInputStream(new ByteArrayInputStream(large), null, threads);
                netty.putObject(r -> r.bucket(bucket).key("stream"), body).get();
                threads.shutdown();
            }
            byte[] got = s3.getObjectAsBytes(r -> r.bucket(bucket).key("stream")).asByteArray();
            Scenario.equal(Arrays.equals(got, large), true);
        });
        Scenario.step("s3.checksums", () -> {
            for (String algorithm : List.of("CRC32", "CRC32C", "CRC64NVME", "SHA1", "SHA256")) {
                PutObjectResponse made = put(r -> r.key(algorithm).checksumAlgorithm(algorithm), "checked");
                var got = s3.getObjectAsBytes(r -> r.bucket(bucket).key(algorithm).checksumMode(ChecksumMode.ENABLED));
                Scenario.equal(got.asUtf8String(), "checked");
                String kept = got.response().getValueForField("Checksum" + algorithm, String.class).orElseThrow();
                Scenario.equal(made.getValueForField("Checksum" + algorithm, String.class).orElseThrow(), kept);
            }
        });
        Scenario.step("s3.wrong_checksum", () -> Scenario.refused("BadDigest", 400,
            () -> put(r -> r.key("wrong").checksumCRC32("AAAAAA=="), "checked")));
    }

    private void conditions() throws Exception {
        Scenario.step("s3.range", () -> {
            var got = s3.getObjectAsBytes(r -> r.bucket(bucket).key("greeting").range("bytes=1-3"));
            Scenario.equal(got.asUtf8String(), "ell");
            Scenario.equal(got.response().contentRange(), "bytes 1-3/5");
        });
        Scenario.step("s3.put_if_none_match", () -> {
            put(r -> r.key("once").ifNoneMatch("*"), "first");
            Scenario.refused("PreconditionFailed", 412, () -> put(r -> r.key("once").ifNoneMatch("*"), "second"));
        });
        Scenario.step("s3.put_if_match", () -> {
            String seen = etag("once");
            put(r -> r.key("once").ifMatch(seen), "second");
            Scenario.refused("PreconditionFailed", 412, () -> put(r -> r.key("once").ifMatch(seen), "third"));
            Scenario.equal(text(r -> r.key("once")), "second");
        });
        Scenario.step("s3.get_if_none_match", () -> {
            String seen = etag("once");
            var found = Scenario.thrown(S3Exception.class, () -> text(r -> r.key("once").ifNoneMatch(seen)));
            Scenario.equal(found.statusCode(), 304);
        });
        Scenario.step("s3.no_such_key", () -> Scenario.thrown(NoSuchKeyException.class, () -> text(r -> r.key("nothing"))));
        Scenario.step("s3.no_such_bucket", () -> Scenario.thrown(NoSuchBucketException.class,
            () -> s3.listObjectsV2(r -> r.bucket(bucket + "-none"))));
        Scenario.step("s3.head_missing", () -> Scenario.thrown(NoSuchKeyException.class, () -> etag("nothing")));
        Scenario.step("s3.copy", () -> {
            String key = "a folder/b+c ü%20?";
            put(key, "strange");
            s3.copyObject(r -> r.sourceBucket(bucket).sourceKey(key).destinationBucket(bucket).destinationKey(key + " again"));
            Scenario.equal(text(r -> r.key(key + " again")), "strange");
            var listed = s3.listObjectsV2(r -> r.bucket(bucket).prefix("a folder/")).contents();
            Scenario.equal(listed.stream().map(S3Object::key).toList(), List.of(key, key + " again"));
        });
    }

    /** The size of what is read. 2.57.8 may wait for ever for an empty object that it has been sent: it is asked again. */
    private int inParts(S3AsyncClient netty, String key) throws Exception {
        for (int tries = 1; ; tries++) {
            try {
                return netty.getObject(r -> r.bucket(bucket).key(key), AsyncResponseTransformer.toBytes())
                    .get(30, java.util.concurrent.TimeUnit.SECONDS).asByteArray().length;
            } catch (java.util.concurrent.TimeoutException late) {
                if (tries == 4) {
                    throw late;
                }
            }
        }
    }

    private void transfers() throws Exception {
        Path file = Files.write(Path.of("large"), large);
        S3AsyncClient crt = S3AsyncClient.crtBuilder().minimumPartSizeInBytes((long) PART)
            .thresholdInBytes((long) PART).build();
        S3TransferManager manager = S3TransferManager.builder().s3Client(crt).build();
        Scenario.step("s3.upload_manager", () -> {
            manager.uploadFile(r -> r.source(file).putObjectRequest(p -> p.bucket(bucket).key("large")))
                .completionFuture().get();
            Scenario.equal(etag("large").endsWith("-3\""), true);
        });
        Scenario.step("s3.download_manager", () -> {
            Path again = Path.of("large-again");
            Files.deleteIfExists(again);
            manager.downloadFile(r -> r.destination(again).getObjectRequest(g -> g.bucket(bucket).key("large")))
                .completionFuture().get();
            Scenario.equal(Files.mismatch(file, again), -1L);
            // and in parts by Netty, whose reads begin with partNumber=1
            try (S3AsyncClient netty = S3AsyncClient.builder().multipartEnabled(true).build()) {
                put("empty", "");
                for (var wanted : Map.of("large", large.length, "empty", 0).entrySet()) {
                    Scenario.equal(inParts(netty, wanted.getKey()), wanted.getValue());
                }
            }
        });
        manager.close();
        Scenario.step("s3.multipart_by_hand", this::multipartByHand);
    }

    private void multipartByHand() {
        String id = s3.createMultipartUpload(r -> r.bucket(bucket).key("parts")).uploadId();
        List<byte[]> bodies = List.of(Arrays.copyOf(large, PART), "end".getBytes());
        for (int number = 1; number <= bodies.size(); number++) {
            int part = number;
            s3.uploadPart(r -> r.bucket(bucket).key("parts").uploadId(id).partNumber(part),
                RequestBody.fromBytes(bodies.get(number - 1)));
        }
        List<CompletedPart> parts = s3.listParts(r -> r.bucket(bucket).key("parts").uploadId(id)).parts().stream()
            .map(p -> CompletedPart.builder().partNumber(p.partNumber()).eTag(p.eTag()).build()).toList();
        s3.completeMultipartUpload(r -> r.bucket(bucket).key("parts").uploadId(id).multipartUpload(u -> u.parts(parts)));
        Scenario.equal(s3.headObject(r -> r.bucket(bucket).key("parts")).contentLength(), (long) PART + 3);
        String other = s3.createMultipartUpload(r -> r.bucket(bucket).key("other")).uploadId();
        Scenario.equal(s3.listMultipartUploads(r -> r.bucket(bucket)).uploads().get(0).key(), "other");
        s3.abortMultipartUpload(r -> r.bucket(bucket).key("other").uploadId(other));
        Scenario.thrown(NoSuchUploadException.class,
            () -> s3.abortMultipartUpload(r -> r.bucket(bucket).key("other").uploadId(other)));
    }

    private void presigned() throws Exception {
        HttpClient plain = HttpClient.newHttpClient();
        S3Presigner presigner = S3Presigner.create();
        Scenario.step("s3.presigned_get", () -> {
            URI url = presigner.presignGetObject(r -> r.signatureDuration(Duration.ofMinutes(5))
                .getObjectRequest(g -> g.bucket(bucket).key("greeting"))).url().toURI();
            Scenario.equal(plain.send(HttpRequest.newBuilder(url).build(), BodyHandlers.ofString()).body(), "hello");
        });
        Scenario.step("s3.presigned_put", () -> {
            URI url = presigner.presignPutObject(r -> r.signatureDuration(Duration.ofMinutes(5))
                .putObjectRequest(p -> p.bucket(bucket).key("by plain HTTP"))).url().toURI();
            HttpRequest put = HttpRequest.newBuilder(url).PUT(HttpRequest.BodyPublishers.ofString("put")).build();
            Scenario.equal(plain.send(put, BodyHandlers.discarding()).statusCode(), 200);
            Scenario.equal(text(r -> r.key("by plain HTTP")), "put");
        });
    }

    private void listings() throws Exception {
        List<String> keys = IntStream.range(0, 25).mapToObj(n -> String.format("many/%02d", n)).toList();
        Scenario.step("s3.paginator", () -> {
            keys.forEach(key -> put(key, ""));
            var pages = s3.listObjectsV2Paginator(r -> r.bucket(bucket).prefix("many/").maxKeys(10));
            Scenario.equal(pages.stream().map(ListObjectsV2Response::keyCount).toList(), List.of(10, 10, 5));
            Scenario.equal(pages.contents().stream().map(S3Object::key).toList(), keys);
        });
        Scenario.step("s3.delimiter", () -> {
            var found = s3.listObjectsV2(r -> r.bucket(bucket).delimiter("/")).commonPrefixes();
            Scenario.equal(found.stream().map(CommonPrefix::prefix).toList(), List.of("a folder/", "many/"));
        });
        Scenario.step("s3.delete_objects", () -> {
            List<ObjectIdentifier> all = keys.stream().map(key -> ObjectIdentifier.builder().key(key).build()).toList();
            var answer = s3.deleteObjects(r -> r.bucket(bucket).delete(d -> d.objects(all)));
            Scenario.equal(answer.deleted().size(), 25);
            Scenario.equal(answer.hasErrors(), false);
        });
    }

    private void versions() {
        s3.putBucketVersioning(r -> r.bucket(bucket).versioningConfiguration(v -> v.status("Enabled")));
        String first = put("versioned", "one").versionId();
        put("versioned", "two");
        String marker = s3.deleteObject(r -> r.bucket(bucket).key("versioned")).versionId();
        var listed = s3.listObjectVersions(r -> r.bucket(bucket).prefix("versioned"));
        Scenario.equal(listed.versions().size(), 2);
        Scenario.equal(listed.deleteMarkers().get(0).versionId(), marker);
        Scenario.equal(text(r -> r.key("versioned").versionId(first)), "one");
    }

    private void notification() {
        String queue = sqs.create("events", Map.of());
        s3.putBucketNotificationConfiguration(r -> r.bucket(bucket).skipDestinationValidation(true)
            .notificationConfiguration(n -> n.queueConfigurations(
                q -> q.queueArn(sqs.arn(queue)).events(Event.S3_OBJECT_CREATED))));
        put("told of", "event");
        String told = sqs.receive(queue, r -> { }).get(0).body();
        Scenario.equal(told.contains("\"ObjectCreated:Put\"") && told.contains("\"told+of\""), true);
    }

    private void deleteBucket() {
        Scenario.refused("BucketNotEmpty", 409, () -> s3.deleteBucket(r -> r.bucket(bucket)));
        for (var page : s3.listObjectVersionsPaginator(r -> r.bucket(bucket))) {
            List<ObjectIdentifier> all = Stream.concat(
                page.versions().stream().map(v -> ObjectIdentifier.builder().key(v.key()).versionId(v.versionId()).build()),
                page.deleteMarkers().stream().map(m -> ObjectIdentifier.builder().key(m.key()).versionId(m.versionId()).build())
            ).toList();
            s3.deleteObjects(r -> r.bucket(bucket).delete(d -> d.objects(all).quiet(true)));
        }
        s3.deleteBucket(r -> r.bucket(bucket));
        s3.waiter().waitUntilBucketNotExists(r -> r.bucket(bucket));
    }
}
