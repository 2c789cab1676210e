import assert from "node:assert/strict";
import { test } from "node:test";
import { rateLimitWait } from "./rate-limit.ts";

const NOW = Date.parse("2026-03-01T00:00:00Z");
const SECONDS = NOW / 1000;

test("the wait that a server asks for is understood in each form", () => {
  const cases: [Record<string, string>, number | undefined][] = [
    [{}, undefined],
    [{ "retry-after": "7" }, 7000],
    [{ "retry-after": "Sun, 01 Mar 2026 00:01:00 GMT" }, 60_000],
    [{ "x-ratelimit-remaining": "1", "x-ratelimit-reset": "60" }, undefined],
    [{ "x-ratelimit-remaining": "0" }, undefined],
    [{ "x-ratelimit-remaining": "0", "x-ratelimit-reset": "soon" }, undefined],
    [{ "x-ratelimit-remaining": "0", "x-ratelimit-reset": "60" }, 60_000],
    [{ "x-ratelimit-remaining": "0", "x-ratelimit-reset": "0.5" }, 500],
    [{ "x-ratelimit-remaining": "0", "x-ratelimit-reset": `${SECONDS + 30}` }, 30_000],
    [{ "x-ratelimit-remaining": "0", "x-ratelimit-reset": `${NOW + 30_000}` }, 30_000],
    [{ "x-ratelimit-remaining": "0", "x-ratelimit-reset": `${SECONDS - 30}` }, 0],
    [{ "x-ratelimit-remaining": "0", "x-ratelimit-reset": "2026-03-01T00:00:45Z" }, 45_000],
    [{ "x-ratelimit-remaining": "0", "x-ratelimit-reset": "Sun, 01 Mar 2026 00:00:05 GMT" }, 5000],
    [{ "x-rate-limit-remaining": "0", "x-rate-limit-reset": "12" }, 12_000],
    [{ "ratelimit-remaining": "0", "ratelimit-reset": "12" }, 12_000],
    [{ "x-ratelimit-remaining": "0", "x-ratelimit-reset-after": "1.25", "x-ratelimit-reset": `${SECONDS + 9}` }, 1250],
    [{ "x-ratelimit-remaining-requests": "0", "x-ratelimit-reset-requests": "1m30s" }, 90_000],
    [{ "x-ratelimit-remaining-tokens": "0", "x-ratelimit-reset-tokens": "20ms" }, 20],
    [{ ratelimit: "limit=100, remaining=0, reset=50" }, 50_000],
    [{ ratelimit: "limit=100, remaining=2, reset=50" }, undefined],
    [{ ratelimit: '"default";r=0;t=50' }, 50_000],
    [{ ratelimit: '"burst";r=10;t=1, "daily";r=0;t=40', "ratelimit-policy": '"burst";q=10;w=1' }, 40_000],
    [{ ratelimit: '"default";r=5;t=50' }, undefined],
    [{ "x-ratelimit-remaining": "0", "x-ratelimit-reset": "99999999" }, 86_400_000],
    [{ "retry-after": "3", "x-ratelimit-remaining": "0", "x-ratelimit-reset": "60" }, 60_000],
  ];
  for (const [headers, expected] of cases) assert.equal(rateLimitWait(headers, NOW), expected, JSON.stringify(headers));
});
