export const BYTE_ENCODINGS = ["utf8", "base64", "hex"] as const;
/** What a string stands for that goes into a `bytea` column. */
export type ByteEncoding = (typeof BYTE_ENCODINGS)[number];

const BASE64 = /^(?:[A-Za-z0-9+/_-]{4})*(?:[A-Za-z0-9+/_-]{2}(?:==)?|[A-Za-z0-9+/_-]{3}=?)?$/;
const HEX = /^(?:\\x|0x)?((?:[0-9a-fA-F]{2})*)$/;

/** `undefined`: the text is not of that encoding. Base64 may be of either alphabet, with or without padding. */
export function bytesOf(text: string, encoding: ByteEncoding): Buffer | undefined {
  switch (encoding) {
    case "utf8":
      return Buffer.from(text);
    case "base64":
      return BASE64.test(text) ? Buffer.from(text, "base64") : undefined;
    case "hex": {
      const digits = HEX.exec(text)?.[1];
      return digits === undefined ? undefined : Buffer.from(digits, "hex");
    }
  }
}
