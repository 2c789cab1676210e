import type { MessagePort } from "node:worker_threads";
import { textOf } from "../cut-text.ts";

/** What a thread is started with: its `workerData`, which it takes before a plugin can read it. */
export interface ThreadStart<Work> {
  readonly work: Work;
  /** Only code of the runtime has it: what a plugin posts to `parentPort` reaches nobody. */
  readonly port: MessagePort;
  /** Made by `createMarks`. */
  readonly marks: SharedArrayBuffer;
  /** Bytes that buffers may hold beside the heap; 0 = not watched. */
  readonly bufferLimit: number;
}

/** Control plane → a process that works for it. The work is the first message. */
export type ProcessMessage<Work, Command> =
  | {
      readonly type: "work";
      readonly work: Work;
      readonly bufferLimit: number;
      /** Milliseconds without a heartbeat after which the process ends itself; 0 = never. */
      readonly hangTimeout: number;
    }
  | { readonly type: "command"; readonly command: Command };

/** A thread or process that works for the control plane → the control plane. */
export type WorkerMessage<Event> =
  | { readonly type: "event"; readonly event: Event }
  /** It ends because of this error. */
  | { readonly type: "crashed"; readonly crash: Crash }
  /** Everything sent before it has arrived. */
  | { readonly type: "done" };

/** An error that ends a worker or process, as it is sent from there. */
export interface Crash {
  readonly message: string;
  readonly code?: string;
}

export function toCrash(error: unknown): Crash {
  const message = textOf(error instanceof Error ? error.message || error.name : error);
  const code = typeof error === "object" && error !== null && "code" in error ? error.code : undefined;
  return { message, ...(typeof code === "string" ? { code } : {}) };
}

export function fromCrash({ message, code }: Crash): Error {
  return code === undefined ? new Error(message) : Object.assign(new Error(message), { code });
}

/** The descriptor at which a process of its own leaves its marks before it ends itself because it hangs. */
export const MARKS_DESCRIPTOR = 4;
