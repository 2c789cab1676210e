/** What differs of a case where we decide otherwise than the original, whose vectors these are. */
interface Deviation {
  readonly expected: { readonly json?: unknown; readonly json_text?: string };
  readonly why: string;
}

/** Integers beyond 64 bits and numbers beyond doubles are valid JSON: only a target that cannot hold one refuses it. */
const validJson = (json_text: string): Deviation => ({ expected: { json_text }, why: "it is valid JSON" });

/** By file of the fixtures and name of the case. */
const DEVIATIONS: Readonly<Record<string, Readonly<Record<string, Deviation>>>> = {
  "json.json": {
    integer_above_u64: validJson("18446744073709551616"),
    integer_below_i64: validJson("-9223372036854775809"),
    float_overflow: validJson("1e400"),
  },
  "avro.json": {
    decode_float_widened: { expected: { json: 0.1 }, why: "the shortest decimal that is this float of 32 bits" },
  },
};

interface Named {
  readonly name: string;
}

/** The cases of a file with what we expect instead. Throws `Error` where a deviation names no case. */
export function withDeviations<Case extends Named>(file: string, cases: readonly Case[]): readonly Case[] {
  const deviations = DEVIATIONS[file] ?? {};
  const unknown = Object.keys(deviations).find((name) => !cases.some((one) => one.name === name));
  if (unknown !== undefined) throw new Error(`${file} has no case ${unknown}`);
  return cases.map((one) => {
    const deviation = deviations[one.name];
    if (deviation === undefined) return one;
    const { expected_error: _, ...rest } = one as Case & { readonly expected_error?: string };
    return { ...rest, expected: deviation.expected } as unknown as Case;
  });
}
