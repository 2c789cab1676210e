import fc from "fast-check";

const whitespace = fc.stringMatching(/^[ \t\n\r]{0,2}$/);
const numberText = fc.oneof(
  fc.double({ noNaN: true, noDefaultInfinity: true }).map((value) => JSON.stringify(value)),
  fc.bigInt({ min: -(2n ** 65n), max: 2n ** 65n }).map(String),
  fc.stringMatching(/^-?(0|[1-9]\d{0,22})(\.\d{1,22})?([eE][+-]?\d{1,3})?$/),
  fc.constantFrom("1e400", "-1E-400", "1e308", "0.1e+2", "-0", "-0.0", "18446744073709551615", "18446744073709551616"),
  fc.constantFrom(
    "1.0",
    "1.10",
    "0.000001",
    "0.0000001",
    "12345678901234567.89",
    "0.1234567890123456789",
    "1e21",
    "100e-2",
  ),
);
const stringText = fc.oneof(
  fc.string({ unit: "binary" }).map((value) => JSON.stringify(value)),
  fc.string({ unit: "grapheme" }).map((value) => JSON.stringify(value)),
  fc.constantFrom(
    '"\\u0041\\ud83d\\udc1d"',
    '"\\/\\b\\f\\n\\r\\t\\\\\\""',
    '"\\uDC1D"',
    '"\\ud83d"',
    '"\\ud83d\\u0041"',
    '"\\udc00\\udc00"',
  ),
);
/** Keys that are likely to be repeated, or that JavaScript orders. */
const keyText = fc.oneof(
  { weight: 3, arbitrary: stringText },
  {
    weight: 2,
    arbitrary: fc
      .constantFrom("a", "b", "10", "2", "01", "4294967294", "4294967295", "__proto__", "")
      .map((key) => JSON.stringify(key)),
  },
);
/** JSON texts as no printer makes them, and a few that only nearly are JSON: white space anywhere, repeated keys, escapes, long numbers. */
export const { document: jsonText } = fc.letrec<{ document: string; value: string }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 4, withCrossShrink: true },
    fc.constantFrom("true", "false", "null", "{}", "[]", "[ ]", "{ }"),
    numberText,
    stringText,
    fc.array(tie("document"), { maxLength: 4 }).map((items) => `[${items.join(",")}]`),
    fc
      .array(fc.tuple(whitespace, keyText, whitespace, tie("document")), { maxLength: 4 })
      .map(
        (members) => `{${members.map(([before, key, after, value]) => `${before}${key}${after}:${value}`).join(",")}}`,
      ),
  ),
  document: fc.tuple(whitespace, tie("value"), whitespace).map((parts) => parts.join("")),
}));
