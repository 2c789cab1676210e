import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Socket } from "node:net";

/** Passes connections on to a server. It can lose the response to a commit: the server has it, the client never learns. */
export class LosingRelay implements AsyncDisposable {
  readonly #server = createServer((client) => this.#join(client));
  readonly #sockets = new Set<Socket>();
  readonly #url: URL;
  /** Responses to commits that are still to be lost. */
  #toLose = 0;

  private constructor(url: string) {
    this.#url = new URL(url);
  }

  static async start(url: string): Promise<LosingRelay> {
    const relay = new LosingRelay(url);
    relay.#server.listen(0, "127.0.0.1");
    await once(relay.#server, "listening");
    return relay;
  }

  /** The server's URL, by way of the relay. */
  get url(): string {
    const url = new URL(this.#url);
    url.hostname = "127.0.0.1";
    url.port = String((this.#server.address() as AddressInfo).port);
    return url.href;
  }

  loseNextCommit(): void {
    this.#toLose++;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const closed = once(this.#server, "close");
    this.#server.close();
    for (const socket of this.#sockets) socket.destroy();
    await closed;
  }

  #join(client: Socket): void {
    const server = connect(Number(this.#url.port || 5432), this.#url.hostname);
    let losing = false;
    client.on("data", (bytes) => {
      if (this.#toLose > 0 && bytes.includes("COMMIT\0")) {
        this.#toLose--;
        losing = true;
      }
      server.write(bytes);
    });
    server.on("data", (bytes) => {
      if (losing) client.destroy();
      else client.write(bytes);
    });
    for (const [socket, other] of [
      [client, server],
      [server, client],
    ] as const) {
      this.#sockets.add(socket);
      socket.on("error", () => undefined);
      socket.on("close", () => {
        this.#sockets.delete(socket);
        other.destroy();
      });
    }
  }
}
