import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { gunzipSync } from "node:zlib";

/** A bulk server in a process of its own that counts documents and says of each that it was created. */
const LINE_FEED = 10;
const ITEM = '{"index":{"status":201}}';

const server = createServer((request, response) => {
  const chunks: Buffer[] = [];
  request.on("data", (chunk: Buffer) => chunks.push(chunk));
  request.once("end", () => {
    const sent = Buffer.concat(chunks);
    const body = request.headers["content-encoding"] === "gzip" ? gunzipSync(sent) : sent;
    let lines = 0;
    for (let at = body.indexOf(LINE_FEED); at >= 0; at = body.indexOf(LINE_FEED, at + 1)) lines += 1;
    const items = new Array<string>(lines >> 1).fill(ITEM).join(",");
    response.setHeader("content-type", "application/json");
    response.end(`{"errors":false,"items":[${items}]}`);
  });
});
server.listen(0, "127.0.0.1", () => process.send?.({ port: (server.address() as AddressInfo).port }));
process.once("disconnect", () => process.exit(0));
