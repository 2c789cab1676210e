import type { FastifyReply, FastifyRequest } from "fastify";
import type { z } from "zod";
import { failureSchema } from "../schemas/failure.ts";

export type Method = "GET" | "POST" | "PUT" | "DELETE";

/** Groups of operations, in the order in which they are shown. */
export const TAGS = {
  Runtime: "The runtime process as a whole.",
  Connectors: "Connectors and their current state.",
  Lifecycle: "Create, replace, remove, start and stop connectors.",
  Configurations: "Versions of the configuration of a connector, stored and activated as in the original.",
  Positions: "Offsets of sinks and checkpoints of sources.",
  "Dead letters": "Messages that could not be delivered, stored in the dead-letter topic of their connector.",
  Live: "Server-sent events.",
  Plugins: "Installed connectors, and JSON Schemas for editors.",
} as const;

type Tag = keyof typeof TAGS;

/** A JSON Schema that is made elsewhere, under its name in the document. */
export interface ForeignSchema {
  readonly name: string;
  readonly schema: () => Record<string, unknown>;
}

export type Described = z.ZodType | ForeignSchema;

/** A response of an operation. */
export interface Answer {
  readonly description: string;
  /** By content type. Absent: the response has no body. */
  readonly content?: Readonly<Record<string, Described>>;
}

interface JsonAnswer<Schema extends Described> extends Answer {
  readonly content: { readonly "application/json": Schema };
}

/** What a route accepts and answers. It validates the input, and describes the route to people and client generators. */
export interface Operation {
  readonly tag: Tag;
  /** One line. */
  readonly summary: string;
  /** Further explanation, in Markdown. */
  readonly description?: string;
  /** No API key is required. */
  readonly public?: boolean;
  /** The response is sent without redaction, because clients send it back. All other responses are redacted. */
  readonly exact?: boolean;
  readonly path?: z.ZodObject;
  readonly query?: z.ZodObject;
  readonly body?: z.ZodType;
  /** Describes a body that is validated elsewhere; `body` then accepts anything. */
  readonly bodySchema?: ForeignSchema;
  /** By status code, without the answers that every route has (`commonAnswers`). */
  readonly answers: Readonly<Record<number, Answer>>;
}

type Validated<Schema> = Schema extends z.ZodType ? z.output<Schema> : undefined;

/** A request whose input has been validated. */
export interface Call<Of extends Operation> {
  readonly path: Validated<Of["path"]>;
  readonly query: Validated<Of["query"]>;
  readonly body: Validated<Of["body"]>;
  readonly request: FastifyRequest;
  readonly reply: FastifyReply;
}

type Shown<Value> = Value extends object ? { readonly [Key in keyof Value]: Shown<Value[Key]> } : Value;

type Body<Of extends Operation> = Of["answers"] extends {
  readonly 200: JsonAnswer<infer Schema extends z.ZodType>;
}
  ? Shown<z.input<Schema>> | FastifyReply
  : unknown;

/** What the handler of an operation returns: the body as its 200 answer describes it, or the reply that was sent. */
export type Result<Of extends Operation> = Body<Of> | Promise<Body<Of>>;

export function json<Schema extends Described>(schema: Schema, description = "Success."): JsonAnswer<Schema> {
  return { description, content: { "application/json": schema } };
}

/** Server-sent events. OpenAPI 3.1 cannot describe a stream: the schema is that of the data of one event. */
export function events(names: readonly string[], schema: Described): Answer {
  const named = names.map((name) => `\`${name}\``).join(" and ");
  return {
    description: `Server-sent events until the client disconnects. The data of ${named} is JSON of this schema; \`dropped\` counts the events that a slow client missed.`,
    content: { "text/event-stream": schema },
  };
}

export const NO_CONTENT = { 204: { description: "Done." } } as const satisfies Record<number, Answer>;

const REFUSALS = {
  400: "The request is invalid; the reason names every invalid key.",
  403: "A web page of another site has sent the request, or it addresses the API by a name that is not its own.",
  404: "Not found.",
  409: "The request conflicts with the current state; the reason names the conflict.",
  413: "The body is larger than `http.max_body_size`.",
  415: "The body is not JSON.",
  422: "The new version did not become healthy; the previous version runs again.",
  500: "The request failed: an error of the configuration provider, the disk or the runtime.",
  503: "Iggy cannot be reached, or the configurations are not loaded yet.",
} as const;

type RefusalStatus = keyof typeof REFUSALS;

/** Error responses, each with the body that all errors have. */
export function refusals<Status extends RefusalStatus>(...statuses: readonly Status[]): Record<Status, Answer> {
  const answers = statuses.map((status) => [status, json(failureSchema, REFUSALS[status])]);
  return Object.fromEntries(answers) as Record<Status, Answer>;
}

/** Answers that every route has: a foreign page, a wrong API key, and input that cannot be read. */
export function commonAnswers(method: Method, operation: Operation): Record<number, Answer> {
  const { path, query, body } = operation;
  const input = path !== undefined || query !== undefined || body !== undefined || method !== "GET";
  return {
    ...(input ? refusals(400) : {}),
    ...refusals(403),
    // A connector that is not known may exist while a remote store has not answered.
    ...(path === undefined ? {} : refusals(503)),
    ...(operation.public === true ? {} : { 401: { description: "The header `api-key` is not the configured key." } }),
    ...(method === "GET" ? {} : refusals(413, 415)),
  };
}
