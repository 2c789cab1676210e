import assert from "node:assert/strict";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { isRetryable } from "@iggy-connectors/sdk";
import { HttpDestination, openContext, recordingContext, temporaryFolder } from "@iggy-connectors/testing";
import { s3SinkConfig } from "../src/config.ts";
import { S3Sink } from "../src/s3-sink.ts";
import { signal } from "./setup.ts";

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
