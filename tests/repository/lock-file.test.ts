import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";

const lock = JSON.parse(readFileSync(new URL("../../package-lock.json", import.meta.url), "utf8")) as {
  packages: Record<string, { resolved?: string; hasInstallScript?: boolean; link?: boolean }>;
};

test("the lock file names no registry host", () => {
  const hosts = Object.entries(lock.packages).filter(([, entry]) => entry.resolved?.includes("://") === true);
  assert.deepEqual(
    hosts.map(([name]) => name),
    [],
  );
});

test("no dependency needs an install script, so that machines that refuse them work", () => {
  const scripted = Object.entries(lock.packages).filter(([, entry]) => entry.hasInstallScript === true);
  assert.deepEqual(
    scripted.map(([name]) => name),
    [],
  );
});
