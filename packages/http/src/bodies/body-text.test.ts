import assert from "node:assert/strict";
import { test } from "node:test";
import { bodyText } from "./body-text.ts";

const read = (body: Buffer, type?: string): string =>
  bodyText(body, type, (charset) => new Error(`not ${charset}`)).toString();

test("a body is decoded by its byte order mark, else by its charset, else as UTF-8", () => {
  const text = '{"name":"Łódź é"}';
  const latin = '{"name":"é"}';
  const utf16 = Buffer.from(text, "utf16le");
  const cases: [Buffer, string | undefined, string][] = [
    [Buffer.from(text), undefined, text],
    [Buffer.from(`\ufeff${text}`), "application/json", text],
    [Buffer.from(`\ufeff${text}`), "application/json; charset=iso-8859-1", text],
    [Buffer.from(latin, "latin1"), "application/json;charset=ISO-8859-1", latin],
    [Buffer.from(latin, "latin1"), 'text/plain; x=1; charset="latin1"', latin],
    [Buffer.concat([Buffer.from([0xff, 0xfe]), utf16]), undefined, text],
    [Buffer.concat([Buffer.from([0xfe, 0xff]), Buffer.from(utf16).swap16()]), "application/json", text],
    [utf16, "application/json; charset=utf-16le", text],
    [Buffer.from(utf16).swap16(), "application/json; charset=UTF-16BE", text],
    [Buffer.from(text), "application/json; charset=UTF8", text],
    [Buffer.from(text), "application/json; charset=", text],
    [Buffer.from([0x83, 0x65]), "text/plain; charset=Shift_JIS", "テ"],
    [Buffer.alloc(0), "text/plain; charset=utf-16", ""],
  ];
  for (const [body, type, expected] of cases) assert.equal(read(body, type), expected, type ?? body.toString("hex"));
});

test("a body that need not be decoded is not copied", () => {
  const body = Buffer.from("\ufeffx");
  assert.equal(bodyText(body, "text/plain", () => new Error()).buffer, body.buffer);
});

test("an unknown charset, and bytes that are not in it, are named", () => {
  assert.throws(() => read(Buffer.from("x"), "text/plain; charset=ebcdic"), { message: "not ebcdic" });
  assert.throws(() => read(Buffer.from([0, 0xd8]), "text/plain; charset=utf-16le"), { message: "not utf-16le" });
});
