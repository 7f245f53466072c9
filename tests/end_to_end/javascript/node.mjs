// The JavaScript SDK v3 as an application uses it that is configured by the environment alone.

import { CreateBucketCommand, GetObjectCommand, PutObjectCommand, S3Client } from "@aws-sdk/client-s3";
import { CreateQueueCommand, ReceiveMessageCommand, SendMessageCommand, SQSClient } from "@aws-sdk/client-sqs";

const main = async (name) => {
  const s3 = new S3Client({});
  await s3.send(new CreateBucketCommand({ Bucket: name }));
  await s3.send(new PutObjectCommand({ Bucket: name, Key: "key", Body: "from Node" }));
  const object = await s3.send(new GetObjectCommand({ Bucket: name, Key: "key" }));

  const sqs = new SQSClient({});
  const { QueueUrl } = await sqs.send(new CreateQueueCommand({ QueueName: name }));
  await sqs.send(new SendMessageCommand({ QueueUrl, MessageBody: await object.Body.transformToString() }));
  const { Messages } = await sqs.send(new ReceiveMessageCommand({ QueueUrl }));
  console.log(`${QueueUrl} ${Messages[0].Body}`);
};

main(process.argv[2]).catch((error) => {
  console.error(error);
  process.exitCode = 1;
});
