import { FIELD_TRANSFORMS } from "../rows.ts";

/** What both runtimes do on the same configuration file. */
export type RivalRow =
  /** A sink reads a topic that is full. `size`: payload bytes. */
  | {
      readonly kind: "sink";
      readonly name: string;
      readonly schema: "raw" | "json";
      readonly transforms: string;
      readonly size: number;
    }
  /** The random source fills a topic. */
  | { readonly kind: "source"; readonly name: string }
  /** Sinks of empty topics, after a while. */
  | { readonly kind: "idle"; readonly name: string; readonly connectors: number }
  /** From the start of the process to the stored offset of the first message. */
  | { readonly kind: "start"; readonly name: string };

const SIZES = [200, 1000] as const;

export const RIVAL_ROWS: readonly RivalRow[] = [
  ...SIZES.flatMap((size): readonly RivalRow[] => [
    { kind: "sink", name: `sink, raw, ${size} B`, schema: "raw", transforms: "", size },
    { kind: "sink", name: `sink, json untouched, ${size} B`, schema: "json", transforms: "", size },
    {
      kind: "sink",
      name: `sink, json, add_fields ×3, delete_fields ×2, ${size} B`,
      schema: "json",
      transforms: FIELD_TRANSFORMS,
      size,
    },
  ]),
  { kind: "source", name: "source, random, 1 field added" },
  { kind: "idle", name: "idle, 1 sink", connectors: 1 },
  { kind: "idle", name: "idle, 10 sinks", connectors: 10 },
  { kind: "start", name: "start to first message" },
];
