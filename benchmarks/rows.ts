/** One line of the table: which connector is measured on payloads of which size, and what it may cost. */
export interface Row {
  readonly name: string;
  readonly kind: "sink" | "source";
  readonly schema: "raw" | "json";
  readonly validate: boolean;
  readonly transforms: string;
  /** Payload bytes; of the random source, characters of its text. */
  readonly size: number;
  /** Of a source: what makes its messages. Default: one payload over and over, the runtime's share alone. */
  readonly generator?: "random";
  /** CPU µs per message that we aim for, and what the original costs; absent: no aim, not measured. */
  readonly target?: number | undefined;
  readonly original?: number | undefined;
}

export const SIZES = [200, 1000, 10_000] as const;

/** Aim and the original's cost, in CPU µs per message. */
type Figures = readonly [target: number | undefined, original: number];

/** What is measured with payloads of every size, or of those that `sizes` names. */
interface Job extends Omit<Row, "size" | "target" | "original"> {
  /** By size. */
  readonly figures: Readonly<Record<number, Figures>>;
  readonly sizes?: readonly number[];
}

export const FIELD_TRANSFORMS = `
[transforms.add_fields]
enabled = true
[[transforms.add_fields.fields]]
key = "service_name"
value.static = "qw_connector"
[[transforms.add_fields.fields]]
key = "timestamp"
value.computed = "timestamp_millis"
[[transforms.add_fields.fields]]
key = "random_id"
value.computed = "uuid_v7"
[transforms.delete_fields]
enabled = true
fields = ["email", "created_at"]
`;

const ONE_FIELD = `
[transforms.add_fields]
enabled = true
[[transforms.add_fields.fields]]
key = "service_name"
value.static = "qw_connector"
`;

const RAW: Job = {
  name: "raw",
  kind: "sink",
  schema: "raw",
  validate: false,
  transforms: "",
  figures: { 200: [0.12, 1.0], 1000: [0.3, 3.0] },
};
const JSON_FIGURES = { 200: [0.25, 2.95], 1000: [0.6, 4.95] } as const;

const JOBS: readonly Job[] = [
  RAW,
  { ...RAW, name: "raw, again (A/A)", sizes: [200] },
  {
    name: "json untouched, trusted",
    kind: "sink",
    schema: "json",
    validate: false,
    transforms: "",
    figures: { 200: [undefined, 2.95], 1000: [undefined, 4.95] },
  },
  {
    name: "json untouched, validated",
    kind: "sink",
    schema: "json",
    validate: true,
    transforms: "",
    figures: JSON_FIGURES,
  },
  {
    name: "json, add_fields ×3, delete_fields ×2",
    kind: "sink",
    schema: "json",
    validate: true,
    transforms: FIELD_TRANSFORMS,
    figures: { 200: [0.6, 3.9], 1000: [1.2, 6.0] },
  },
  {
    name: "source, json",
    kind: "source",
    schema: "json",
    validate: true,
    transforms: "",
    figures: { 200: [1.0, 2.95] },
  },
  {
    name: "source, random, add_fields ×1",
    kind: "source",
    generator: "random",
    schema: "json",
    validate: true,
    transforms: ONE_FIELD,
    figures: { 200: [1.0, 2.95] },
    sizes: [200],
  },
];

/** The rows for payloads of these sizes, the smallest first. */
export function rowsOf(sizes: readonly number[]): readonly Row[] {
  return sizes.flatMap((size) =>
    JOBS.filter((job) => job.sizes === undefined || job.sizes.includes(size)).map(({ figures, sizes: _, ...job }) => {
      const [target, original] = figures[size] ?? [];
      return { ...job, name: `${job.name}, ${size} B`, size, target, original };
    }),
  );
}
