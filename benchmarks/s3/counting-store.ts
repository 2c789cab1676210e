import { createServer } from "node:http";
import type { AddressInfo } from "node:net";

/**
 * As much of S3 as the sink asks for, in a process of its own: it reads each body to its end and forgets it, honours the
 * conditions of the probe, and knows no object.
 */
const server = createServer((request, response) => {
  const { method, url = "" } = request;
  const [, , ...key] = (url.split("?", 1)[0] ?? "").split("/");
  request.resume().once("end", () => {
    if (method === "PUT") response.writeHead(url.includes("/probe") ? 412 : 200, { etag: '"x"' });
    else if (method === "HEAD" && key.join("") === "") response.writeHead(200);
    else response.writeHead(404, { "content-type": "application/xml" });
    response.end(method === "GET" ? "<Error><Code>NoSuchKey</Code></Error>" : undefined);
  });
});
server.listen(0, "127.0.0.1", () => process.send?.({ port: (server.address() as AddressInfo).port }));
process.once("disconnect", () => process.exit(0));
