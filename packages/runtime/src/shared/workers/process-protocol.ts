/** Control plane → a process that works for it. The work is the first message. */
export type ProcessMessage<Work, Command> =
  | { readonly type: "work"; readonly work: Work }
  | { readonly type: "command"; readonly command: Command };

/** A process that works for the control plane → the control plane. */
export type ProcessEvent<Event> =
  | { readonly type: "event"; readonly event: Event }
  | { readonly type: "crashed"; readonly crash: Crash }
  /** Everything sent before it has arrived. */
  | { readonly type: "done" };

/** An error that ends a worker or process, as it is sent from there. */
export interface Crash {
  readonly message: string;
  readonly code?: string;
}

export function toCrash(error: unknown): Crash {
  const message = error instanceof Error ? (error.message === "" ? error.name : error.message) : String(error);
  const code = typeof error === "object" && error !== null && "code" in error ? error.code : undefined;
  return { message, ...(typeof code === "string" ? { code } : {}) };
}

export function fromCrash({ message, code }: Crash): Error {
  return code === undefined ? new Error(message) : Object.assign(new Error(message), { code });
}
