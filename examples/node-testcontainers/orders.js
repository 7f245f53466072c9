// Takes orders into a table, keeps their texts in a bucket, tells a queue of them.
import { DynamoDBClient, PutItemCommand, ConditionalCheckFailedException } from "@aws-sdk/client-dynamodb";
import { PutObjectCommand, S3Client } from "@aws-sdk/client-s3";
import { SendMessageCommand, SQSClient } from "@aws-sdk/client-sqs";

export class Orders {
  // `settings` are those of every client of the SDK; none are needed on AWS.
  constructor(queueUrl, settings = {}) {
    this.queueUrl = queueUrl;
    this.dynamodb = new DynamoDBClient(settings);
    this.s3 = new S3Client(settings);
    this.sqs = new SQSClient(settings);
  }

  // Whether the order has been taken: false where there is one of that number.
  async take(number, text) {
    try {
      await this.dynamodb.send(
        new PutItemCommand({
          TableName: "orders",
          Item: { number: { S: number } },
          ConditionExpression: "attribute_not_exists(#n)",
          ExpressionAttributeNames: { "#n": "number" },
        }),
      );
    } catch (error) {
      if (error instanceof ConditionalCheckFailedException) return false;
      throw error;
    }
    await this.s3.send(new PutObjectCommand({ Bucket: "orders", Key: `${number}.txt`, Body: text }));
    await this.sqs.send(new SendMessageCommand({ QueueUrl: this.queueUrl, MessageBody: number }));
    return true;
  }
}
