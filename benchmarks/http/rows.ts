/** A way to use the HTTP connectors. Counts are in thousands of messages: requests for single messages take longer. */
export interface HttpRow {
  readonly name: string;
  readonly kind: "sink" | "source";
  readonly warm: number;
  readonly measured: number;
  /** More keys of the connector. */
  readonly plugin: string;
  /** Senders at once, and messages in each of their requests. */
  readonly senders?: { readonly atOnce: number; readonly perRequest: number };
}

export const HTTP_ROWS: readonly HttpRow[] = [
  {
    name: "sink, ndjson, payloads alone",
    kind: "sink",
    warm: 100,
    measured: 400,
    plugin: 'batch_mode = "ndjson"\ninclude_metadata = false',
  },
  { name: "sink, ndjson, with metadata", kind: "sink", warm: 50, measured: 200, plugin: 'batch_mode = "ndjson"' },
  {
    name: "sink, ndjson, payloads alone, gzip",
    kind: "sink",
    warm: 50,
    measured: 200,
    plugin: 'batch_mode = "ndjson"\ninclude_metadata = false\ncompression = "gzip"',
  },
  { name: "sink, a request per message", kind: "sink", warm: 2, measured: 20, plugin: "" },
  {
    name: "sink, a request per message, 8 in flight",
    kind: "sink",
    warm: 2,
    measured: 20,
    plugin: "max_in_flight_requests = 8",
  },
  {
    name: "source, 100 messages a request, 8 senders",
    kind: "source",
    warm: 50,
    measured: 300,
    plugin: "",
    senders: { atOnce: 8, perRequest: 100 },
  },
  {
    name: "source, a message a request, 64 senders",
    kind: "source",
    warm: 2,
    measured: 20,
    plugin: "",
    senders: { atOnce: 64, perRequest: 1 },
  },
];
