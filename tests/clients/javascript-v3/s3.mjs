// S3: what people do with it, each step on its own.
import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { Readable } from "node:stream";
import * as sdk from "@aws-sdk/client-s3";
import { CreateQueueCommand, DeleteQueueCommand, ReceiveMessageCommand, SQSClient } from "@aws-sdk/client-sqs";
import { Upload } from "@aws-sdk/lib-storage";
import { createPresignedPost } from "@aws-sdk/s3-presigned-post";
import { getSignedUrl } from "@aws-sdk/s3-request-presigner";
import { PREFIX, refused, rejected } from "./steps.mjs";

const s3 = new sdk.S3({});
const Bucket = `${PREFIX}-bucket`;
const PART = 5 * 1024 * 1024;
const LARGE = randomBytes(12 * 1024 * 1024);

const content = async (given) => Buffer.from(await (await s3.getObject({ Bucket, ...given })).Body.transformToByteArray());
const text = async (given) => (await content(given)).toString();

export const s3Steps = {
  async create_bucket() {
    await s3.createBucket({ Bucket });
    await sdk.waitUntilBucketExists({ client: s3, maxWaitTime: 60 }, { Bucket });
  },
  async bucket_owned_by_you() {
    const elsewhere = new sdk.S3({ region: "eu-west-1" });
    const made = elsewhere.createBucket({ Bucket, CreateBucketConfiguration: { LocationConstraint: "eu-west-1" } });
    await rejected(made, sdk.BucketAlreadyOwnedByYou, 409);
  },
  async put_get() {
    const Metadata = { team: "music" };
    await s3.putObject({ Bucket, Key: "greeting", Body: "hello", ContentType: "text/plain", Metadata });
    const got = await s3.getObject({ Bucket, Key: "greeting" });
    assert.equal(await got.Body.transformToString(), "hello");
    assert.deepEqual([got.ContentType, got.Metadata], ["text/plain", Metadata]);
  },
  async put_stream() {
    async function* chunks() {
      for (let at = 0; at < LARGE.length; at += 100_000) yield LARGE.subarray(at, at + 100_000);
    }
    await new Upload({ client: s3, params: { Bucket, Key: "stream", Body: Readable.from(chunks()) } }).done();
    assert.ok((await content({ Key: "stream" })).equals(LARGE));
  },
  async checksums() {
    for (const algorithm of ["CRC32", "CRC32C", "CRC64NVME", "SHA1", "SHA256"]) {
      const put = await s3.putObject({ Bucket, Key: algorithm, Body: "checked", ChecksumAlgorithm: algorithm });
      const got = await s3.getObject({ Bucket, Key: algorithm, ChecksumMode: "ENABLED" });
      assert.equal(await got.Body.transformToString(), "checked");
      assert.ok(put[`Checksum${algorithm}`]);
      assert.equal(got[`Checksum${algorithm}`], put[`Checksum${algorithm}`]);
    }
  },
  async wrong_checksum() {
    await refused(s3.putObject({ Bucket, Key: "wrong", Body: "checked", ChecksumCRC32: "AAAAAA==" }), "BadDigest", 400);
    await rejected(s3.getObject({ Bucket, Key: "wrong" }), sdk.NoSuchKey, 404);
  },
  async range() {
    const got = await s3.getObject({ Bucket, Key: "greeting", Range: "bytes=1-3" });
    assert.equal(await got.Body.transformToString(), "ell");
    assert.deepEqual([got.ContentRange, got.$metadata.httpStatusCode], ["bytes 1-3/5", 206]);
  },
  async put_if_none_match() {
    await s3.putObject({ Bucket, Key: "once", Body: "first", IfNoneMatch: "*" });
    await refused(s3.putObject({ Bucket, Key: "once", Body: "second", IfNoneMatch: "*" }), "PreconditionFailed", 412);
  },
  async put_if_match() {
    const IfMatch = (await s3.headObject({ Bucket, Key: "once" })).ETag;
    await s3.putObject({ Bucket, Key: "once", Body: "second", IfMatch });
    await refused(s3.putObject({ Bucket, Key: "once", Body: "third", IfMatch }), "PreconditionFailed", 412);
    assert.equal(await text({ Key: "once" }), "second");
  },
  async get_if_none_match() {
    const IfNoneMatch = (await s3.headObject({ Bucket, Key: "once" })).ETag;
    await refused(s3.getObject({ Bucket, Key: "once", IfNoneMatch }), "Unknown", 304); // a 304 has no body that names it
  },
  async no_such_key() {
    const error = await rejected(s3.getObject({ Bucket, Key: "nothing" }), sdk.NoSuchKey, 404);
    assert.equal(error.Key, "nothing");
  },
  async no_such_bucket() {
    await rejected(s3.listObjectsV2({ Bucket: `${Bucket}-none` }), sdk.NoSuchBucket, 404);
  },
  async head_missing() {
    await rejected(s3.headObject({ Bucket, Key: "nothing" }), sdk.NotFound, 404);
  },
  async copy() {
    const Key = "a folder/b+c ü%20?";
    await s3.putObject({ Bucket, Key, Body: "strange" });
    await s3.copyObject({ Bucket, Key: `${Key} again`, CopySource: encodeURIComponent(`${Bucket}/${Key}`) });
    assert.equal(await text({ Key: `${Key} again` }), "strange");
    const listed = await s3.listObjectsV2({ Bucket, Prefix: "a folder/" });
    assert.deepEqual(listed.Contents.map((found) => found.Key), [Key, `${Key} again`]);
  },
  async upload_manager() {
    await new Upload({ client: s3, partSize: PART, params: { Bucket, Key: "large", Body: LARGE } }).done();
    assert.match((await s3.headObject({ Bucket, Key: "large" })).ETag, /-3"$/);
  },
  async download_manager() {
    const parts = [];
    for (let PartNumber = 1; PartNumber <= 3; PartNumber++) parts.push(await content({ Key: "large", PartNumber }));
    assert.ok(Buffer.concat(parts).equals(LARGE));
  },
  async multipart_by_hand() {
    const upload = { Bucket, Key: "parts" };
    upload.UploadId = (await s3.createMultipartUpload(upload)).UploadId;
    await s3.uploadPart({ ...upload, PartNumber: 1, Body: LARGE.subarray(0, PART) });
    await s3.uploadPart({ ...upload, PartNumber: 2, Body: "end" });
    const { Parts } = await s3.listParts(upload);
    assert.deepEqual(Parts.map((part) => part.Size), [PART, 3]);
    await s3.completeMultipartUpload({ ...upload, MultipartUpload: { Parts } });
    assert.equal((await s3.headObject({ Bucket, Key: "parts" })).ContentLength, PART + 3);
    const other = { Bucket, Key: "other" };
    other.UploadId = (await s3.createMultipartUpload(other)).UploadId;
    const { Uploads } = await s3.listMultipartUploads({ Bucket });
    assert.deepEqual(Uploads.map((found) => found.Key), ["other"]);
    await s3.abortMultipartUpload(other);
    await rejected(s3.abortMultipartUpload(other), sdk.NoSuchUpload, 404);
  },
  async presigned_get() {
    const url = await getSignedUrl(s3, new sdk.GetObjectCommand({ Bucket, Key: "greeting" }));
    assert.equal(await (await fetch(url)).text(), "hello");
  },
  async presigned_put() {
    const url = await getSignedUrl(s3, new sdk.PutObjectCommand({ Bucket, Key: "by plain HTTP" }));
    assert.equal((await fetch(url, { method: "PUT", body: "put" })).status, 200);
    assert.equal(await text({ Key: "by plain HTTP" }), "put");
  },
  async presigned_post() {
    const { url, fields } = await createPresignedPost(s3, { Bucket, Key: "by form" });
    const form = new FormData();
    for (const [name, value] of Object.entries(fields)) form.append(name, value);
    form.append("file", new Blob(["posted"]));
    assert.equal((await fetch(url, { method: "POST", body: form })).status, 204);
    assert.equal(await text({ Key: "by form" }), "posted");
  },
  async paginator() {
    const wanted = Array.from({ length: 25 }, (_, number) => `many/${String(number).padStart(2, "0")}`);
    for (const Key of wanted) await s3.putObject({ Bucket, Key, Body: "" });
    const sizes = [];
    const found = [];
    for await (const page of sdk.paginateListObjectsV2({ client: s3, pageSize: 10 }, { Bucket, Prefix: "many/" })) {
      sizes.push(page.KeyCount);
      found.push(...page.Contents.map((one) => one.Key));
    }
    assert.deepEqual(sizes, [10, 10, 5]);
    assert.deepEqual(found, wanted);
  },
  async delimiter() {
    const { CommonPrefixes } = await s3.listObjectsV2({ Bucket, Delimiter: "/" });
    assert.deepEqual(CommonPrefixes.map((found) => found.Prefix), ["a folder/", "many/"]);
  },
  async delete_objects() {
    const Objects = (await s3.listObjectsV2({ Bucket, Prefix: "many/" })).Contents.map(({ Key }) => ({ Key }));
    const answer = await s3.deleteObjects({ Bucket, Delete: { Objects } });
    assert.equal(answer.Deleted.length, 25);
    assert.equal(answer.Errors, undefined);
    assert.equal((await s3.listObjectsV2({ Bucket, Prefix: "many/" })).KeyCount, 0);
  },
  async versions() {
    await s3.putBucketVersioning({ Bucket, VersioningConfiguration: { Status: "Enabled" } });
    const first = await s3.putObject({ Bucket, Key: "versioned", Body: "one" });
    await s3.putObject({ Bucket, Key: "versioned", Body: "two" });
    const marker = await s3.deleteObject({ Bucket, Key: "versioned" });
    assert.equal(marker.DeleteMarker, true);
    const listed = await s3.listObjectVersions({ Bucket, Prefix: "versioned" });
    assert.deepEqual(listed.Versions.map((found) => found.IsLatest), [false, false]);
    assert.deepEqual(listed.DeleteMarkers.map((found) => found.VersionId), [marker.VersionId]);
    assert.equal(await text({ Key: "versioned", VersionId: first.VersionId }), "one");
  },
  async tags() {
    const TagSet = [{ Key: "team", Value: "music + dance" }];
    await s3.putObjectTagging({ Bucket, Key: "greeting", Tagging: { TagSet } });
    assert.deepEqual((await s3.getObjectTagging({ Bucket, Key: "greeting" })).TagSet, TagSet);
  },
  async attributes() {
    const wanted = ["ETag", "ObjectSize", "Checksum", "StorageClass"];
    const found = await s3.getObjectAttributes({ Bucket, Key: "SHA256", ObjectAttributes: wanted });
    assert.deepEqual([found.ObjectSize, found.StorageClass], [7, "STANDARD"]);
    assert.ok(found.Checksum.ChecksumSHA256);
  },
  async notification() {
    const sqs = new SQSClient({});
    const { QueueUrl } = await sqs.send(new CreateQueueCommand({ QueueName: `${PREFIX}-events` }));
    const QueueArn = `arn:aws:sqs:us-east-1:000000000000:${PREFIX}-events`;
    const QueueConfigurations = [{ QueueArn, Events: ["s3:ObjectCreated:*"] }];
    await s3.putBucketNotificationConfiguration({
      Bucket,
      NotificationConfiguration: { QueueConfigurations },
      SkipDestinationValidation: true,
    });
    await s3.putObject({ Bucket, Key: "told of", Body: "event" });
    const { Messages } = await sqs.send(new ReceiveMessageCommand({ QueueUrl, WaitTimeSeconds: 20 }));
    const [record] = JSON.parse(Messages[0].Body).Records;
    assert.deepEqual([record.eventName, record.s3.object.key], ["ObjectCreated:Put", "told+of"]);
    await sqs.send(new DeleteQueueCommand({ QueueUrl }));
  },
  async delete_bucket() {
    await refused(s3.deleteBucket({ Bucket }), "BucketNotEmpty", 409);
    const { Versions, DeleteMarkers } = await s3.listObjectVersions({ Bucket });
    const Objects = [...Versions, ...DeleteMarkers].map(({ Key, VersionId }) => ({ Key, VersionId }));
    await s3.deleteObjects({ Bucket, Delete: { Objects, Quiet: true } });
    await s3.deleteBucket({ Bucket });
    await sdk.waitUntilBucketNotExists({ client: s3, maxWaitTime: 60 }, { Bucket });
  },
};
