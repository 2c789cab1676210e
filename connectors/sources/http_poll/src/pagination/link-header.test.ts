import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { nextLink } from "./link-header.ts";

test("the next link is found among others, however it is written", () => {
  const cases: [string | string[] | undefined, string | undefined][] = [
    [undefined, undefined],
    ["", undefined],
    ['<https://h/a?page=2>; rel="next", <https://h/a?page=9>; rel="last"', "https://h/a?page=2"],
    ['<https://h/1>; rel="prev", <https://h/3>;rel=next', "https://h/3"],
    ['<https://h/a,b;c>; title="x, <y>; rel=\\"next\\""; rel="last next"', "https://h/a,b;c"],
    ['<https://h/2>; REL="Next"', "https://h/2"],
    [['<https://h/1>; rel="prev"', '</rel>; rel="next"'], "/rel"],
    ['<https://h/2>; rel="nextish"', undefined],
    ['<>; rel="next"', undefined],
    ["garbage; rel=next", undefined],
  ];
  for (const [header, next] of cases) assert.equal(nextLink(header), next, String(header));
});

test("any header is answered, and in time", () => {
  fc.assert(fc.property(fc.string({ unit: fc.constantFrom(...'<>;,= "\\relnxt') }), (header) => void nextLink(header)));
  nextLink(`<a>${"; x=1 ".repeat(5000)}`);
  nextLink('<a>; x="'.repeat(3000));
});
