import { createServer } from "node:net";
import type { Mark } from "./plugins/measure.ts";

/** Receives the marks of a measured plugin over a loopback socket. */
export interface MarkListener {
  readonly port: number;
  /** Resolves with the next mark of that name; rejects after `timeout` ms. */
  wait(mark: Mark["mark"], timeout: number): Promise<Mark>;
  close(): void;
}

export async function listenForMarks(): Promise<MarkListener> {
  const seen = new Map<string, Mark>();
  const waiting = new Map<string, (mark: Mark) => void>();
  const server = createServer((socket) => {
    let text = "";
    socket.setEncoding("utf8");
    socket.on("error", () => socket.destroy());
    socket.on("data", (chunk: string) => {
      text += chunk;
      for (let end = text.indexOf("\n"); end >= 0; end = text.indexOf("\n")) {
        const mark = JSON.parse(text.slice(0, end)) as Mark;
        text = text.slice(end + 1);
        seen.set(mark.mark, mark);
        waiting.get(mark.mark)?.(mark);
      }
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("no port");
  return {
    port: address.port,
    wait: (name, timeout) =>
      new Promise((resolve, reject) => {
        const known = seen.get(name);
        if (known !== undefined) return resolve(known);
        const timer = setTimeout(() => reject(new Error(`no "${name}" mark within ${timeout} ms`)), timeout);
        waiting.set(name, (mark) => {
          clearTimeout(timer);
          resolve(mark);
        });
      }),
    close: () => server.close(),
  };
}
