import { setTimeout as sleep } from "node:timers/promises";
import { createHttpClient } from "@iggy-connectors/http";
import { samplePayload } from "../payload.ts";

const [url = "", atOnce = "1", perRequest = "1", size = "200"] = process.argv.slice(2);
const http = createHttpClient({ baseUrl: url, connections: Number(atOnce) });
const lines = Array.from({ length: Number(perRequest) }, (_, index) => samplePayload(Number(size), index).toString());
const body = lines.join("\n");
let ended = false;

/** Senders of webhooks, in a process of their own: each posts again as soon as it is answered. */
async function sender(): Promise<void> {
  while (!ended) {
    try {
      await http.request({ method: "POST", headers: { "content-type": "application/x-ndjson" }, body });
    } catch {
      // Not listening yet, or busy.
      await sleep(20);
    }
  }
}

process.once("disconnect", () => {
  ended = true;
  process.exit(0);
});
await Promise.all(Array.from({ length: Number(atOnce) }, sender));
