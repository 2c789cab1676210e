/** One line of the table: which connector is measured, and what it may cost. */
export interface Row {
  readonly name: string;
  readonly kind: "sink" | "source";
  readonly schema: "raw" | "json";
  readonly validate: boolean;
  readonly transforms: string;
  /** CPU µs per message that we aim for, and the original's measured cost on a machine of this class. */
  readonly target: number;
  readonly original: number;
}

const FIELD_TRANSFORMS = `
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

export const ROWS: readonly Row[] = [
  { name: "raw", kind: "sink", schema: "raw", validate: false, transforms: "", target: 0.5, original: 0.94 },
  {
    name: "raw, again (A/A)",
    kind: "sink",
    schema: "raw",
    validate: false,
    transforms: "",
    target: 0.5,
    original: 0.94,
  },
  {
    name: "json untouched, trusted",
    kind: "sink",
    schema: "json",
    validate: false,
    transforms: "",
    target: 0.6,
    original: 3.9,
  },
  {
    name: "json untouched, validated",
    kind: "sink",
    schema: "json",
    validate: true,
    transforms: "",
    target: 1.0,
    original: 3.9,
  },
  {
    name: "json, add_fields ×3, delete_fields ×2",
    kind: "sink",
    schema: "json",
    validate: true,
    transforms: FIELD_TRANSFORMS,
    target: 1.5,
    original: 4.4,
  },
  { name: "source, json", kind: "source", schema: "json", validate: true, transforms: "", target: 1.2, original: 3.5 },
];
