import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { FatalError, RejectedError } from "@iggy-connectors/sdk";
import { batchOf } from "@iggy-connectors/testing";
import fc from "fast-check";
import { compileTemplate } from "./template.ts";

const batch = batchOf(['{"user":{"id":7,"name":"a/b ?"},"big":12345678901234567890}', "[]"], {
  firstOffset: 5n,
  headers: new Map([["tenant", { kind: "string", value: "acme" }]]),
});

describe("a template", () => {
  it("writes what a message is and where it comes from", () => {
    const render = (text: string) => compileTemplate(text, "url", "url").render(batch, 0);
    assert.equal(render("/{stream}/{topic}/{partition}/{offset}"), "/orders/created/0/5");
    assert.equal(render("/{id}?t={timestamp}"), `/${"1".padStart(32, "0")}?t=1700000000000000`);
    assert.equal(render("/{header.tenant}/{payload.user.id}/{payload.user.name}"), "/acme/7/a%2Fb%20%3F");
    assert.equal(render("/{payload.big}/{{x}}"), "/12345678901234567890/{x}");
  });

  it("writes the broker's time in UTC", () => {
    const render = (text: string) => compileTemplate(text, "url", "url").render(batch, 0);
    assert.equal(render("/{year}.{month}.{day}-{hour}"), "/2023.11.14-22");
  });

  it("writes values as the caller's own writer says, and rejects what that refuses", () => {
    const shout = (value: string | undefined, name: string) =>
      name === "offset" ? undefined : `${name}=${value?.toUpperCase()}`;
    assert.equal(compileTemplate("{topic}!", shout, "name").render(batch, 0), "topic=CREATED!");
    assert.throws(() => compileTemplate("{offset}", shout, "name").render(batch, 0), RejectedError);
  });

  it("says how far its text varies", () => {
    const varies = (text: string) => compileTemplate(text, "url", "url").varies;
    assert.deepEqual([varies("/a"), varies("/{topic}"), varies("/{offset}/{topic}")], ["none", "batch", "message"]);
  });

  it("refuses what it does not know, naming the key", () => {
    for (const text of ["{nothing}", "{", "a}", "{payload.}", "{header.}", "{payload.a[}"]) {
      assert.throws(
        () => compileTemplate(text, "url", "url"),
        (error: unknown) => error instanceof FatalError && error.code === "IGC_HTTP_TEMPLATE" && error.place === "url",
        text,
      );
    }
  });

  it("rejects the one message that has no such value", () => {
    const template = compileTemplate("/{payload.user.id}", "url", "url");
    assert.equal(template.render(batch, 0), "/7");
    assert.throws(
      () => template.render(batch, 1),
      (error: unknown) => error instanceof RejectedError && error.place === "offset 6",
    );
  });

  it("gives no payload a way out of its place", () => {
    const inUrl = compileTemplate("/in/{payload.v}/end", "url", "url");
    const inHeader = compileTemplate("v={payload.v}", "header", "headers.x");
    fc.assert(
      fc.property(fc.string({ unit: "binary" }), (value) => {
        const one = batchOf([JSON.stringify({ v: value.toWellFormed() })]);
        const attempt = (render: () => string) => {
          try {
            return render();
          } catch (error) {
            assert.ok(error instanceof RejectedError);
            return undefined;
          }
        };
        const path = attempt(() => inUrl.render(one, 0));
        if (path !== undefined) {
          const url = new URL(`http://host${path}`);
          assert.equal(url.pathname.split("/").length, 4);
          assert.equal(decodeURIComponent(url.pathname), `/in/${value.toWellFormed()}/end`);
          assert.equal(url.search + url.hash, "");
        }
        const header = attempt(() => inHeader.render(one, 0));
        if (header !== undefined) assert.doesNotThrow(() => new Headers({ "x-test": header }));
      }),
    );
  });

  it("writes numbers with the digits that they were written with", () => {
    const numbers = ["1.10", "12345678901234567.89", "9007199254740993", "1e400", "-0", "1e2", "0.5"];
    const template = compileTemplate("{payload.v.n}", (value) => value, "x");
    assert.deepEqual(
      numbers.map((n) => template.render(batchOf([`{"v":{"n":${n}}}`]), 0)),
      numbers,
    );
  });

  it("names one value", () => {
    assert.throws(() => compileTemplate("{payload.items[*].id}", "url", "url"), { code: "IGC_HTTP_TEMPLATE" });
    const template = compileTemplate("{payload.items[1].id}", "url", "url");
    assert.equal(template.render(batchOf(['{"items":[{"id":1},{"id":2}]}']), 0), "2");
  });

  it("without placeholders is its text", () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        const escaped = text.replaceAll("{", "{{").replaceAll("}", "}}");
        assert.equal(compileTemplate(escaped, "header", "x").render(batch, 0), text);
      }),
    );
  });
});
