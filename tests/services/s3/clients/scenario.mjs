// What an application does with the JavaScript SDK v3. Usage: node scenario.mjs ENDPOINT BUCKET
import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { Readable } from "node:stream";
import {
  CopyObjectCommand, CreateBucketCommand, DeleteObjectsCommand, GetObjectCommand, HeadObjectCommand,
  ListObjectsV2Command, PutObjectCommand, S3Client, paginateListObjectsV2, waitUntilObjectExists,
} from "@aws-sdk/client-s3";
import { Upload } from "@aws-sdk/lib-storage";
import { getSignedUrl } from "@aws-sdk/s3-request-presigner";

const [endpoint, Bucket] = process.argv.slice(2);
const connection = {
  endpoint, region: "us-east-1", forcePathStyle: true, credentials: { accessKeyId: "test", secretAccessKey: "test" },
};
const client = new S3Client(connection);

await client.send(new CreateBucketCommand({ Bucket }));
await client.send(new PutObjectCommand({ Bucket, Key: "text/ä b.txt", Body: "hello", Metadata: { colour: "blue" } }));
const got = await client.send(new GetObjectCommand({ Bucket, Key: "text/ä b.txt", ChecksumMode: "ENABLED" }));
assert.equal(await got.Body.transformToString(), "hello");
assert.deepEqual(got.Metadata, { colour: "blue" });
const part = await client.send(new GetObjectCommand({ Bucket, Key: "text/ä b.txt", Range: "bytes=1-2" }));
assert.equal(await part.Body.transformToString(), "el");

// A stream of unknown length, in parts.
const large = randomBytes(12 * 1024 * 1024);
const upload = new Upload({ client, params: { Bucket, Key: "large", Body: Readable.from([large]) }, queueSize: 3 });
await upload.done();
await waitUntilObjectExists({ client, minDelay: 1, maxDelay: 2, maxWaitTime: 10 }, { Bucket, Key: "large" });
const whole = await client.send(new GetObjectCommand({ Bucket, Key: "large" }));
assert.ok(Buffer.from(await whole.Body.transformToByteArray()).equals(large));

await client.send(new CopyObjectCommand({ Bucket, Key: "copy", CopySource: `${Bucket}/large` }));
assert.equal((await client.send(new HeadObjectCommand({ Bucket, Key: "copy" }))).ContentLength, large.length);

// Presigned URLs, as a browser uses them. By default the SDK signs the checksum of an empty body into them.
const signer = new S3Client({ ...connection, requestChecksumCalculation: "WHEN_REQUIRED" });
const putUrl = await getSignedUrl(signer, new PutObjectCommand({ Bucket, Key: "signed" }), { expiresIn: 60 });
const put = await fetch(putUrl, { method: "PUT", body: "by url" });
assert.equal(put.status, 200, await put.text());
const getUrl = await getSignedUrl(client, new GetObjectCommand({ Bucket, Key: "signed" }), { expiresIn: 60 });
assert.equal(await (await fetch(getUrl)).text(), "by url");

const keys = [];
for await (const page of paginateListObjectsV2({ client, pageSize: 2 }, { Bucket })) {
  keys.push(...(page.Contents ?? []).map((entry) => entry.Key));
}
assert.deepEqual(keys, ["copy", "large", "signed", "text/ä b.txt"]);
const folded = await client.send(new ListObjectsV2Command({ Bucket, Delimiter: "/" }));
assert.deepEqual(folded.CommonPrefixes, [{ Prefix: "text/" }]);
await assert.rejects(client.send(new GetObjectCommand({ Bucket, Key: "none" })), { name: "NoSuchKey" });
await client.send(new DeleteObjectsCommand({ Bucket, Delete: { Objects: keys.map((Key) => ({ Key })) } }));
assert.equal((await client.send(new ListObjectsV2Command({ Bucket }))).KeyCount, 0);
console.log("done");
