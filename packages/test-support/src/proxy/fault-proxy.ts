import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Server, type Socket } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import {
  detectFraming,
  FRAMING_PREFIX_SIZE,
  type FrameSizing,
  FrameSplitter,
  type Framing,
  legacy,
  VSR_SIZING,
} from "@iggy-connectors/protocol";
import type { Fault, FaultDirection, FaultKind, FaultScript } from "./fault-script.ts";

/** Stands between a client and an Iggy server, of whatever dialect, and treats their frames as a script says. */
export class FaultProxy implements AsyncDisposable {
  /** Applied to every frame from now on; nothing: all frames pass as they are. */
  script: FaultScript | undefined;
  /** How often each fault was done. */
  readonly done = new Map<FaultKind, number>();
  readonly #target: { readonly host: string; readonly port: number };
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();

  private constructor(target: string) {
    const colon = target.lastIndexOf(":");
    this.#target = { host: target.slice(0, colon), port: Number(target.slice(colon + 1)) };
    this.#server = createServer({ noDelay: true }, (client) => this.#join(client));
  }

  /** Listens on a free port of 127.0.0.1 and passes on to `target` (`host:port`). */
  static async start(target: string, script?: FaultScript): Promise<FaultProxy> {
    const proxy = new FaultProxy(target);
    proxy.script = script;
    proxy.#server.listen(0, "127.0.0.1");
    await once(proxy.#server, "listening");
    return proxy;
  }

  /** `host:port` for the client. */
  get address(): string {
    return `127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  /** Resets every connection. */
  cutAll(): void {
    for (const socket of this.#sockets) socket.resetAndDestroy();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const closed = once(this.#server, "close");
    this.#server.close();
    this.cutAll();
    await closed;
  }

  #join(client: Socket): void {
    const server = connect({ ...this.#target, noDelay: true });
    for (const socket of [client, server]) {
      this.#sockets.add(socket);
      socket.on("close", () => this.#sockets.delete(socket));
    }
    let asked: Framing | undefined;
    const request = (start: Buffer): FrameSizing => {
      asked = detectFraming(start);
      return asked === "legacy" ? legacy.REQUEST_SIZING : VSR_SIZING;
    };
    // An old server answers the new framing in its own; what it answers to its own may start with zeros, too.
    const reply = (start: Buffer): FrameSizing =>
      asked === "legacy" || detectFraming(start) === "legacy" ? legacy.RESPONSE_SIZING : VSR_SIZING;
    void this.#pump("request", client, server, request);
    void this.#pump("reply", server, client, reply);
  }

  /** Reads no further while a frame is on its way, so nothing piles up. */
  async #pump(
    direction: FaultDirection,
    from: Socket,
    to: Socket,
    sizing: (start: Buffer) => FrameSizing,
  ): Promise<void> {
    let start = Buffer.alloc(0);
    let frames: FrameSplitter | undefined;
    try {
      for await (const chunk of from) {
        let bytes = chunk as Buffer;
        if (frames === undefined) {
          start = Buffer.concat([start, bytes]);
          if (start.length < FRAMING_PREFIX_SIZE) continue;
          frames = new FrameSplitter(undefined, sizing(start));
          bytes = start;
        }
        frames.push(bytes);
        for (let frame = frames.next(); frame !== undefined; frame = frames.next()) {
          await this.#pass(direction, frame, to);
        }
      }
    } catch {
      // Both ends learn of a connection that is lost, or of bytes that are no frames, in the same way.
    }
    from.destroy();
    to.destroy();
  }

  async #pass(direction: FaultDirection, frame: Buffer, to: Socket): Promise<void> {
    const fault = this.script?.(direction, frame);
    if (fault === undefined) return write(to, frame);
    this.done.set(fault.kind, (this.done.get(fault.kind) ?? 0) + 1);
    await doFault(fault, frame, to);
  }
}

async function doFault(fault: Fault, frame: Buffer, to: Socket): Promise<void> {
  switch (fault.kind) {
    case "delay":
      await sleep(fault.milliseconds);
      return write(to, frame);
    case "split": {
      let start = 0;
      for (const end of [...fault.at, frame.length]) {
        if (end > start) await write(to, frame.subarray(start, end));
        start = end;
        // Long enough for the receiver to see the piece alone.
        await sleep(1);
      }
      return;
    }
    case "duplicate":
      await write(to, frame);
      return write(to, frame);
    case "corrupt": {
      const changed = Buffer.from(frame);
      changed[fault.at] = (changed[fault.at] ?? 0) ^ fault.mask;
      return write(to, changed);
    }
    case "cut":
      if (fault.after > 0) await write(to, frame.subarray(0, fault.after));
      to.resetAndDestroy();
      throw new Error("the connection is cut");
    case "swallow":
      return;
  }
}

/** Resolves when the bytes are handed to the system. */
function write(to: Socket, bytes: Buffer): Promise<void> {
  return new Promise((resolve, reject) => {
    to.write(bytes, (error) => (error === undefined || error === null ? resolve() : reject(error)));
  });
}
