import { startServer } from "../src/index.ts";

// A server in a process of its own, for tests that kill it: the first argument is the data folder, the first line of
// output its port. It ends with its standard input, so that it never outlives the test.

const [, , path] = process.argv;
if (path === undefined) throw new Error("the first argument is the data folder");
const server = await startServer({ address: "127.0.0.1:0", path });
process.stdout.write(`${server.port}\n`);
process.stdin.on("end", () => process.exit(0));
process.stdin.resume();
