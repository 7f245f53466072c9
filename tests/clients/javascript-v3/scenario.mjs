// The scenario in the AWS SDK for JavaScript, version 3: `node scenario.mjs PREFIX`, with AWS_ENDPOINT_URL and the rest.
import assert from "node:assert/strict";
import { AssumeRoleCommand, GetCallerIdentityCommand, STSClient } from "@aws-sdk/client-sts";
import { dynamodbSteps } from "./dynamodb.mjs";
import { s3Steps } from "./s3.mjs";
import { snsSteps } from "./sns.mjs";
import { removeQueues, sqsSteps } from "./sqs.mjs";
import { run } from "./steps.mjs";

await run("sts", {
  async caller_identity() {
    assert.equal((await new STSClient({}).send(new GetCallerIdentityCommand({}))).Account, "000000000000");
  },
  async assume_role() {
    const role = { RoleArn: "arn:aws:iam::000000000000:role/reader", RoleSessionName: "session" };
    const { Credentials: taken } = await new STSClient({}).send(new AssumeRoleCommand(role));
    const credentials = {
      accessKeyId: taken.AccessKeyId,
      secretAccessKey: taken.SecretAccessKey,
      sessionToken: taken.SessionToken,
    };
    const who = await new STSClient({ credentials }).send(new GetCallerIdentityCommand({}));
    assert.equal(who.Arn, "arn:aws:sts::000000000000:assumed-role/reader/session");
  },
});
await run("s3", s3Steps);
await run("dynamodb", dynamodbSteps);
await run("sqs", sqsSteps);
await run("sns", snsSteps);
await removeQueues();
