import { createServer } from "node:http";
import type { AddressInfo } from "node:net";

/** A destination that takes everything, in a process of its own: it reads each body to its end, then answers 200. */
const server = createServer((request, response) => {
  request.resume().once("end", () => response.end());
});
server.listen(0, "127.0.0.1", () => process.send?.({ port: (server.address() as AddressInfo).port }));
process.once("disconnect", () => process.exit(0));
