import { createConnection, type Socket } from "node:net";

/** What a measured plugin tells the driver: how far it is, and what the whole process has used until then. */
export interface Mark {
  readonly mark: "warm" | "done";
  readonly messages: number;
  readonly bytes: number;
  /** CPU of the process, all threads, microseconds. */
  readonly cpu: number;
  /** Milliseconds of the monotonic clock. */
  readonly at: number;
  readonly rss: number;
}

/** Counts at the destination and reports twice: when the warm-up is over and when everything arrived. */
export class Meter {
  #socket: Socket;
  #messages = 0;
  #bytes = 0;
  readonly #warm: number;
  readonly #total: number;
  #warmSent = false;
  #doneSent = false;

  constructor(port: number, warm: number, total: number) {
    this.#socket = createConnection(port, "127.0.0.1");
    this.#socket.unref();
    this.#warm = warm;
    this.#total = total;
  }

  count(messages: number, bytes: number): void {
    this.#messages += messages;
    this.#bytes += bytes;
    if (!this.#warmSent && this.#messages >= this.#warm) {
      this.#warmSent = true;
      this.#report("warm");
    }
    if (!this.#doneSent && this.#messages >= this.#total) {
      this.#doneSent = true;
      this.#report("done");
    }
  }

  #report(mark: Mark["mark"]): void {
    const { user, system } = process.cpuUsage();
    const report: Mark = {
      mark,
      messages: this.#messages,
      bytes: this.#bytes,
      cpu: user + system,
      at: performance.timeOrigin + performance.now(),
      rss: process.memoryUsage.rss(),
    };
    this.#socket.write(`${JSON.stringify(report)}\n`);
  }
}
