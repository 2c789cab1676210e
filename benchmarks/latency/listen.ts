import { createServer, type Socket } from "node:net";

/** Receives latencies of the plugins, microseconds. */
export async function listen() {
  const latencies: number[] = [];
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    let rest = "";
    socket.on("error", () => socket.destroy());
    socket.setEncoding("utf8").on("data", (text: string) => {
      const parts = (rest + text).split(" ");
      rest = parts.pop() ?? "";
      for (const part of parts) latencies.push(Number(part));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("no port");
  const close = (): void => {
    for (const socket of sockets) socket.destroy();
    server.close();
  };
  return { port: address.port, latencies, close };
}
