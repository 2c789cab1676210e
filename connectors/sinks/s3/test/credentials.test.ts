import assert from "node:assert/strict";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { isFatal, isRetryable } from "@iggy-connectors/sdk";
import { HttpDestination, openContext, recordingContext, temporaryFolder } from "@iggy-connectors/testing";
import { s3SinkConfig } from "../src/config.ts";
import { S3Sink } from "../src/s3-sink.ts";
import { consume, flush, signal } from "./setup.ts";

/** Sets variables for one test. */
function environment(t: TestContext, values: Readonly<Record<string, string | undefined>>): void {
  for (const [name, value] of Object.entries(values)) {
    const before = process.env[name];
    t.after(() => {
      if (before === undefined) delete process.env[name];
      else process.env[name] = before;
    });
    if (value === undefined) delete process.env[name];
    else process.env[name] = value;
  }
}

const nowhere = {
  AWS_ACCESS_KEY_ID: undefined,
  AWS_SECRET_ACCESS_KEY: undefined,
  AWS_SESSION_TOKEN: undefined,
  AWS_PROFILE: undefined,
  AWS_EC2_METADATA_DISABLED: "true",
  AWS_SHARED_CREDENTIALS_FILE: "/nonexistent/credentials",
  AWS_CONFIG_FILE: "/nonexistent/config",
};

/** The access key that a request to the store was signed with. */
async function keyInUse(settings: Record<string, unknown> = {}): Promise<string | undefined> {
  await using store = await HttpDestination.start();
  store.otherwise = ({ method }) => (method === "HEAD" ? {} : { status: 412 });
  const config = s3SinkConfig.parse({
    bucket: "bucket",
    region: "eu-west-1",
    endpoint: store.url,
    max_attempts: 1,
    ...settings,
  });
  const { findings } = await new S3Sink(config, recordingContext(".")).check({ signal });
  assert.deepEqual(findings, []);
  return /Credential=([^/]+)\/\d+\/eu-west-1\/s3/.exec(String(store.requests[0]?.headers.authorization))?.[1];
}

test("credentials come from the configuration, else the environment, else a profile", async (t) => {
  await using folder = await temporaryFolder("iggy-aws-");
  const file = join(folder.path, "credentials");
  await writeFile(
    file,
    "[default]\naws_access_key_id = FROMFILE\naws_secret_access_key = s\n[archive]\naws_access_key_id = FROMPROFILE\naws_secret_access_key = s\n",
  );
  environment(t, { ...nowhere, AWS_SHARED_CREDENTIALS_FILE: file });
  assert.equal(await keyInUse(), "FROMFILE");
  assert.equal(await keyInUse({ profile: "archive" }), "FROMPROFILE");
  environment(t, { AWS_ACCESS_KEY_ID: "FROMENV", AWS_SECRET_ACCESS_KEY: "s" });
  assert.equal(await keyInUse(), "FROMENV");
  assert.equal(await keyInUse({ access_key_id: "STATIC", secret_access_key: "s" }), "STATIC");
});

const refusal = (code: string) => ({
  status: code === "ExpiredToken" ? 400 : 403,
  headers: { "content-type": "application/xml" },
  body: `<?xml version="1.0"?><Error><Code>${code}</Code><Message>no</Message></Error>`,
});
const keyOf = (authorization: unknown): string => /Credential=([^/]+)/.exec(String(authorization))?.[1] ?? "";

test("credentials that were rotated in a shared file are read again, at the start and while the sink runs", async (t) => {
  await using folder = await temporaryFolder("iggy-aws-");
  const file = join(folder.path, "credentials");
  const write = (key: string) =>
    writeFile(file, `[default]\naws_access_key_id = ${key}\naws_secret_access_key = s\naws_session_token = t\n`);
  environment(t, { ...nowhere, AWS_SHARED_CREDENTIALS_FILE: file });
  await using store = await HttpDestination.start();
  let good = "ONE";
  let code = "InvalidAccessKeyId";
  const written: string[] = [];
  store.otherwise = ({ method, target, headers, body }) => {
    if (keyOf(headers.authorization) !== good) return { ...refusal(code), ...(method === "HEAD" ? { body: "" } : {}) };
    if (method === "HEAD") return { status: target.includes(".jsonl") ? 404 : 200 };
    if (method === "PUT") written.push(body.toString());
    return {};
  };
  const settings = {
    bucket: "bucket",
    region: "r",
    endpoint: store.url,
    retry_delay: "1ms",
    delivery: "at_least_once",
  };
  await write("OLD");
  const config = s3SinkConfig.parse({ ...settings, max_attempts: 2 });
  const sink = new S3Sink(config, recordingContext("."));
  t.after(() => sink.close());
  await assert.rejects(
    sink.open(openContext(signal)),
    (error) =>
      isRetryable(error) && error.code === "IGC_SINK_S3_CREDENTIALS" && /InvalidAccessKeyId/.test(error.message),
  );
  await write("ONE");
  await sink.open(openContext(signal));
  for (const [from, next] of ["TWO", "THREE", "FOUR", "FIVE", "SIX"].entries()) {
    await consume(sink, from, from + 1);
    good = next;
    code = ["InvalidAccessKeyId", "ExpiredToken", "SignatureDoesNotMatch", "InvalidToken", "ExpiredToken"][from]!;
    await assert.rejects(
      flush(sink),
      (error) => isRetryable(error) && error.code === "IGC_SINK_S3_CREDENTIALS" && error.message.includes(code),
    );
    await write(next);
    await flush(sink);
  }
  assert.equal(written.length, 5);
});

test("keys of the configuration that were good are retried, those that never were fail", async (t) => {
  await using store = await HttpDestination.start();
  let code: string | undefined;
  store.otherwise = ({ method, target }) => {
    if (code !== undefined) return { ...refusal(code), ...(method === "HEAD" ? { body: "" } : {}) };
    return method === "HEAD" && target.includes(".jsonl") ? { status: 404 } : {};
  };
  const config = s3SinkConfig.parse({
    bucket: "bucket",
    region: "r",
    endpoint: store.url,
    access_key_id: "STATIC",
    secret_access_key: "s",
    max_attempts: 1,
    delivery: "at_least_once",
  });
  for (const refused of ["ExpiredToken", "InvalidAccessKeyId", "SignatureDoesNotMatch", "AccessDenied"]) {
    const sink = new S3Sink(config, recordingContext("."));
    t.after(() => sink.close());
    code = refused;
    await assert.rejects(sink.open(openContext(signal)), (error) => isFatal(error) && error.message.includes(refused));
    code = undefined;
    await sink.open(openContext(signal));
    await consume(sink, 0, 1);
    code = refused;
    await assert.rejects(
      flush(sink),
      (error) => isRetryable(error) && error.message.includes(refused) && error.fix !== undefined,
      refused,
    );
    code = undefined;
    await flush(sink);
  }
});

test("no credentials anywhere is said, with what to do, and tried again", async (t) => {
  environment(t, nowhere);
  const config = s3SinkConfig.parse({ bucket: "bucket", region: "r", endpoint: "http://127.0.0.1:9", max_attempts: 1 });
  const sink = new S3Sink(config, recordingContext("."));
  await assert.rejects(
    sink.open(openContext(signal)),
    (error) => isRetryable(error) && error.code === "IGC_SINK_S3_CREDENTIALS" && /access_key_id/.test(error.fix ?? ""),
  );
  const [finding] = (await sink.check({ signal })).findings;
  assert.equal(finding?.level, "error");
});
