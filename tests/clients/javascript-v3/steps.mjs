// What the scenario's steps share: the names of one run, and how a step that has held is told.
import assert from "node:assert/strict";

export const PREFIX = process.argv[2] ?? "scenario";

/** Runs each of `steps` in turn; `put_get` of `s3` prints `s3.put_get` once it has returned. */
export async function run(service, steps) {
  for (const [name, step] of Object.entries(steps)) {
    await step();
    console.log(`${service}.${name}`);
  }
}

/** The exception that `promise` ends with, which must be of the class `type` and of this HTTP status. */
export async function rejected(promise, type, status) {
  const error = await promise.then(() => assert.fail(`no ${type.name}`), (error) => error);
  assert.ok(error instanceof type, `${error.name} ${error.message} is no ${type.name}`);
  if (status) assert.equal(error.$metadata.httpStatusCode, status);
  return error;
}

/** The same for what has no class of its own: the code is its name. */
export async function refused(promise, name, status) {
  const error = await promise.then(() => assert.fail(`no ${name}`), (error) => error);
  assert.equal(error.name, name);
  assert.equal(error.$metadata.httpStatusCode, status);
  return error;
}
