import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TestContext } from "node:test";
import { createStream, createTopic, type Options } from "@iggy-connectors/protocol";
import { type EmbeddedServer, type ServerOptions, startServer } from "../src/index.ts";
import { RawClient } from "./raw-client.ts";

const cleanUps = new WeakMap<TestContext, (() => unknown)[]>();

/**
 * Runs `step` after the test, the last one registered first: a folder is removed after the server that uses it ended.
 */
export function cleanUp(test: TestContext, step: () => unknown): void {
  const steps = cleanUps.get(test);
  if (steps !== undefined) {
    steps.push(step);
    return;
  }
  const first = [step];
  cleanUps.set(test, first);
  test.after(async () => {
    for (const next of first.reverse()) await next();
  });
}

/** A data folder that is removed after the test. */
export async function temporaryFolder(test: TestContext): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "iggy-server-"));
  cleanUp(test, () => rm(folder, { recursive: true, force: true }));
  return folder;
}

/** A server on a free port, ended after the test. */
export async function testServer(test: TestContext, options: Partial<ServerOptions> = {}): Promise<EmbeddedServer> {
  const path = options.path ?? (await temporaryFolder(test));
  const server = await startServer({ address: "127.0.0.1:0", ...options, path });
  cleanUp(test, () => server.close());
  return server;
}

/** A logged-in client, disconnected after the test. */
export async function testClient(test: TestContext, server: { host: string; port: number }): Promise<RawClient> {
  const client = await RawClient.loggedIn(server);
  cleanUp(test, () => client.close());
  return client;
}

export async function makeTopic(client: RawClient, partitionsCount = 1, options: Options = new Map()): Promise<void> {
  await client.call(createStream, { name: "stream" });
  await client.call(createTopic, { stream: "stream", name: "topic", partitionsCount, options });
}

/** Waits until `condition` holds; the test's own time limit ends a wait in vain. */
export async function until(condition: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await condition())) await new Promise((resolve) => setTimeout(resolve, 5));
}
