import { createHmac, hash } from "node:crypto";
import type { JsonNumber, JsonValue } from "@iggy-connectors/sdk";
import { parsePath, path, secret, stringifyJson } from "@iggy-connectors/sdk";
import { changeAt } from "@iggy-connectors/sdk/internal";
import { z } from "zod";
import { defineTransform } from "../../definition/transform.ts";

/** `hash_fields`: replaces values by digests, so that equal values stay equal. */
export const hashFields = defineTransform({
  type: "hash_fields",
  description:
    "Replaces the values of fields by a digest, so that equal values stay equal without being readable. Strings are hashed as UTF-8, other values as JSON. null and missing fields stay as they are.",
  notes: ["Without a key, short or guessable values can be found by trial: set key for personal data."],
  settings: z.object({
    fields: z
      .array(path("A field to hash"))
      .describe("Fields to hash")
      .meta({ example: ["user.mail"] }),
    algorithm: z.enum(["sha256", "sha512"]).default("sha256").describe("Hash function"),
    key: secret()
      .optional()
      .describe("Secret key (HMAC): without it the digests cannot be computed")
      .meta({ example: "a long random string" }),
    encoding: z.enum(["hex", "base64"]).default("hex").describe("Encoding of the digest"),
  }),
  examples: [
    {
      title: "An address",
      settings: { fields: ["mail"], key: "example" },
      input: { json: { id: 1, mail: "ada@example.org" } },
      output: [{ json: { id: 1, mail: "ca0ae8f235ecb4f0652f051eb147b695a31762556468a1eddc6a3fa7dd192451" } }],
    },
  ],
  create({ fields, algorithm, key, encoding }) {
    const places = fields.map(parsePath);
    const digest = (value: JsonValue | JsonNumber): JsonValue | JsonNumber => {
      if (value === null) return value;
      const text = typeof value === "string" ? value : stringifyJson(value);
      return key === undefined
        ? hash(algorithm, text, encoding)
        : createHmac(algorithm, key).update(text).digest(encoding);
    };
    return {
      kinds: ["json"],
      takesText: true,
      apply: (value) => places.reduce((result, place) => changeAt(result, place, digest), value),
    };
  },
});
