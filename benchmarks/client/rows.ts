/** One line of the client's table: what is done with one connection to a server in another process. */
export interface ClientRow {
  readonly name: string;
  readonly kind: "client";
  readonly work: ClientWork;
  /** CPU µs per message of the client's process that we aim for; absent: no aim. */
  readonly target?: number;
  /** Messages a second that we aim for; absent: no aim. */
  readonly rate?: number;
}

export type ClientWork =
  /** A consumer's loop over batches of 1000; `messages` also reads every payload. */
  | { readonly do: "consume"; readonly messages: boolean; readonly reuseMemory: boolean; readonly verify?: boolean }
  /** `pollMessages`, 1000 a call, by offset. */
  | { readonly do: "poll" }
  /** Sends of 100 messages through a producer with batches of at most `batch` and `window` requests under way. */
  | { readonly do: "produce"; readonly batch: number; readonly window: number }
  /** `sendMessages` of 100 messages, the next one after the answer. */
  | { readonly do: "send" }
  /** No server: the checksums of a batch of `batch` messages, as written before a send, or as checked after a poll. */
  | { readonly do: "checksums"; readonly batch: number; readonly verify: boolean };

const consume = { do: "consume", messages: false, reuseMemory: true } as const;

export const CLIENT_ROWS: readonly ClientRow[] = [
  { name: "client consume, by batch", kind: "client", work: consume, target: 0.4, rate: 1_000_000 },
  { name: "client consume, by batch, again (A/A)", kind: "client", work: consume, target: 0.4, rate: 1_000_000 },
  { name: "client consume, every message", kind: "client", work: { ...consume, messages: true }, rate: 400_000 },
  {
    name: "client consume, every message, memory not used again",
    kind: "client",
    work: { ...consume, messages: true, reuseMemory: false },
    rate: 400_000,
  },
  { name: "client consume, checksums verified", kind: "client", work: { ...consume, verify: true } },
  { name: "client poll, 1000 a call", kind: "client", work: { do: "poll" }, target: 0.4 },
  {
    name: "client produce, batches of 100, window 16",
    kind: "client",
    work: { do: "produce", batch: 100, window: 16 },
    rate: 600_000,
  },
  { name: "client produce, batches of 100, window 1", kind: "client", work: { do: "produce", batch: 100, window: 1 } },
  {
    name: "client produce, gathered into 1000, window 1",
    kind: "client",
    work: { do: "produce", batch: 1000, window: 1 },
  },
  { name: "client send, 100 a call", kind: "client", work: { do: "send" } },
  { name: "client checksums, write 1000", kind: "client", work: { do: "checksums", batch: 1000, verify: false } },
  { name: "client checksums, write 100", kind: "client", work: { do: "checksums", batch: 100, verify: false } },
  { name: "client checksums, verify 1000", kind: "client", work: { do: "checksums", batch: 1000, verify: true } },
];
