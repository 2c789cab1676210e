/**
 * Node's HTTP modules, taken by a call: an `import` of one reads all of its exports, and with them loads the WebSocket and fetch
 * that come with Node (17 MB of memory and 40 ms in Node 26), which nothing here uses.
 */
export const { createServer } = process.getBuiltinModule("node:http");

/** The server over TLS is loaded only where a certificate is configured. */
export function nodeHttps(): typeof import("node:https") {
  return process.getBuiltinModule("node:https");
}
