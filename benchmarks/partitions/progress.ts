import { createServer, type Socket } from "node:net";

/** What a task of the measured sink reports. */
export interface Progress {
  /** Since its last report. */
  readonly messages: number;
  /** CPU of the process, all threads, microseconds. */
  readonly cpu: number;
  /** Milliseconds of a clock that all processes of the machine share. */
  readonly at: number;
  /** Resident bytes of the process. */
  readonly rss: number;
}

/** The reports at which all tasks together had passed a number of messages. */
export interface ProgressListener {
  readonly port: number;
  /** Resolves with the first report at which `messages` had arrived, and how many those were; rejects after `timeout` milliseconds. */
  reached(messages: number, timeout: number): Promise<Progress>;
  close(): void;
}

interface Waiter {
  readonly messages: number;
  resolve(progress: Progress): void;
}

export async function listenForProgress(): Promise<ProgressListener> {
  let total = 0;
  let waiters: Waiter[] = [];
  const sockets = new Set<Socket>();
  const report = (progress: Progress): void => {
    total += progress.messages;
    const reached = waiters.filter(({ messages }) => messages <= total);
    waiters = waiters.filter(({ messages }) => messages > total);
    for (const { resolve } of reached) resolve({ ...progress, messages: total });
  };
  const server = createServer((socket) => {
    sockets.add(socket);
    let text = "";
    socket.setEncoding("utf8");
    socket.on("error", () => socket.destroy());
    socket.on("data", (chunk: string) => {
      text += chunk;
      for (let end = text.indexOf("\n"); end >= 0; end = text.indexOf("\n")) {
        report(JSON.parse(text.slice(0, end)) as Progress);
        text = text.slice(end + 1);
      }
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("no port");
  return {
    port: address.port,
    reached: (messages, timeout) =>
      new Promise((resolve, reject) => {
        const timer = setTimeout(
          () => reject(new Error(`${total} of ${messages} messages arrived in ${timeout} ms`)),
          timeout,
        );
        waiters.push({
          messages,
          resolve(progress) {
            clearTimeout(timer);
            resolve(progress);
          },
        });
      }),
    close() {
      for (const socket of sockets) socket.destroy();
      server.close();
    },
  };
}
