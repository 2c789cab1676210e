import { secret } from "@iggy-connectors/sdk";
import { z } from "zod";

const basic = z.object({
  type: z.literal("basic"),
  username: z.string().min(1).describe("User name.").meta({ example: "iggy" }),
  password: secret().describe("Password.").meta({ example: "a-password" }),
});

const bearer = z.object({
  type: z.literal("bearer"),
  token: secret().min(1).describe("Sent as `Authorization: Bearer …`.").meta({ example: "a-token" }),
});

const apiKey = z.object({
  type: z.literal("api_key"),
  header: z.string().min(1).default("X-Api-Key").describe("Header that carries the key."),
  key: secret().min(1).describe("The key.").meta({ example: "a-key" }),
});

const hmac = z.object({
  type: z.literal("hmac"),
  secret: secret().min(1).describe("The secret shared with the receiver.").meta({ example: "a-secret" }),
  algorithm: z.enum(["sha256", "sha1", "sha512"]).default("sha256").describe("Hash of the signature."),
  header: z.string().min(1).default("X-Signature-256").describe("Header that carries the signature."),
  prefix: z.string().default("sha256=").describe("Text before the signature in the header."),
  encoding: z.enum(["hex", "base64"]).default("hex").describe("How the signature is written."),
  timestamp_header: z
    .string()
    .default("X-Timestamp")
    .describe("Header with the time of signing in seconds, so that a receiver can refuse old requests; empty = none."),
  signed: z
    .string()
    .includes("{body}", { error: "must contain {body}: what is not signed can be forged" })
    .default("{timestamp}.{body}")
    .describe(
      "What is signed: text with `{timestamp}`, `{method}`, `{path}` and `{body}` (as sent, compressed or not).",
    ),
});

const oauth2 = z.object({
  type: z.literal("oauth2"),
  token_url: z.url().describe("Token endpoint.").meta({ example: "https://login.example/oauth2/token" }),
  client_id: z.string().min(1).describe("Client id.").meta({ example: "iggy" }),
  client_secret: secret().min(1).describe("Client secret.").meta({ example: "a-secret" }),
  scopes: z
    .array(z.string().min(1))
    .default([])
    .describe("Scopes to ask for.")
    .meta({ example: ["events.write"] }),
  audience: z.string().min(1).optional().describe("Audience to ask for.").meta({ example: "https://api.example" }),
  credentials_in: z
    .enum(["header", "body"])
    .default("header")
    .describe("Where the token request carries id and secret."),
  parameters: z
    .record(z.string(), z.string())
    .default({})
    .describe("Additional parameters of the token request.")
    .meta({ secret: true }),
});

/** `auth` of a connector that sends requests. */
export const authConfig = z
  .discriminatedUnion("type", [basic, bearer, apiKey, hmac, oauth2])
  .describe("How requests are authenticated: `basic`, `bearer`, `api_key`, `hmac` or `oauth2` (client credentials).");

export type AuthConfig = z.infer<typeof authConfig>;
