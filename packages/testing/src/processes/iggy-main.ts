import { startServer } from "@iggy-connectors/server";

const [address, path] = process.argv.slice(2);
if (address === undefined || path === undefined) throw new Error("usage: iggy-main <address> <path>");
const server = await startServer({ address, path });
const stop = async (): Promise<void> => {
  await server.close();
  process.exit(0);
};
process.once("SIGTERM", stop);
process.once("disconnect", stop);
// Last: the parent may stop the process as soon as it receives it.
process.send?.({ address: server.address });
