import type { FastifyReply, FastifyRequest } from "fastify";
import type { z } from "zod";
import { failureSchema } from "../schemas/failure.ts";

export type Method = "GET" | "POST" | "PUT" | "DELETE";

/** Groups of operations, in the order in which they are shown. */
export const TAGS = {
  Runtime: "What the process as a whole does.",
  Connectors: "What runs, and how it fares.",
  Lifecycle: "What an operator does to a connector as a whole.",
  Configurations: "Versions of a connector's configuration, as the original stores and activates them.",
  Positions: "How far sinks and sources have got.",
  "Dead letters": "Messages that could not be delivered, kept in a topic of their connector.",
  Live: "Server-sent events for whoever watches.",
  Plugins: "Installed connectors, and JSON Schemas for editors.",
} as const;

type Tag = keyof typeof TAGS;

/** A JSON Schema that is made elsewhere, under the name it has in the document. */
export interface ForeignSchema {
  readonly name: string;
  readonly schema: () => Record<string, unknown>;
}

export type Described = z.ZodType | ForeignSchema;

/** One way to answer. */
export interface Answer {
  readonly description: string;
  /** By content type; absent: there is no body. */
  readonly content?: Readonly<Record<string, Described>>;
}

/** What a route takes and answers: checks its input, and describes it to people and generators of clients. */
export interface Operation {
  readonly tag: Tag;
  /** One line. */
  readonly summary: string;
  /** What the line cannot say. Markdown. */
  readonly description?: string;
  /** Needs no key. */
  readonly public?: boolean;
  /** Answered as it is, because it comes back as it is; everything else is answered without secrets. */
  readonly exact?: boolean;
  readonly path?: z.ZodObject;
  readonly query?: z.ZodObject;
  readonly body?: z.ZodType;
  /** Describes a body that is checked elsewhere: `body` says only that there is one. */
  readonly bodySchema?: ForeignSchema;
  /** By status. What every route may answer (`commonAnswers`) is left out. */
  readonly answers: Readonly<Record<number, Answer>>;
}

type Checked<Schema> = Schema extends z.ZodType ? z.output<Schema> : undefined;

/** A request whose input has been checked. */
export interface Call<Described extends Operation> {
  readonly path: Checked<Described["path"]>;
  readonly query: Checked<Described["query"]>;
  readonly body: Checked<Described["body"]>;
  readonly request: FastifyRequest;
  readonly reply: FastifyReply;
}

export function json(schema: Described, description = "As asked."): Answer {
  return { description, content: { "application/json": schema } };
}

/** Server-sent events; the schema is that of the data of one of them. OpenAPI 3.1 has no word for the stream itself. */
export function events(name: string, schema: Described): Answer {
  return {
    description: `Server-sent events until the reader goes. The data of \`${name}\` is JSON as described; \`dropped\` counts the events that a slow reader missed.`,
    content: { "text/event-stream": schema },
  };
}

export const NO_CONTENT = { 204: { description: "Done." } } satisfies Record<number, Answer>;

const REFUSALS = {
  400: "The request is not valid; the reason names every key.",
  403: "It is not allowed.",
  404: "There is no such thing.",
  409: "It conflicts with what is there; the reason names the conflict.",
  413: "The body is larger than `http.max_body_size`.",
  415: "The body is no JSON.",
  422: "It was tried and did not become healthy; what ran before runs again.",
  500: "It failed: the configuration provider, the disk, or a mistake of ours.",
  503: "Iggy cannot be reached.",
} as const;

type RefusalStatus = keyof typeof REFUSALS;

/** Answers that are no success, each with the body of failures. */
export function refusals(...statuses: readonly RefusalStatus[]): Record<number, Answer> {
  return Object.fromEntries(statuses.map((status) => [status, json(failureSchema, REFUSALS[status])]));
}

/** What the routes have in common: keys that are wrong, and input that cannot be read. */
export function commonAnswers(method: Method, operation: Operation): Record<number, Answer> {
  const { path, query, body } = operation;
  const input = path !== undefined || query !== undefined || body !== undefined || method !== "GET";
  return {
    ...(input ? refusals(400) : {}),
    ...(operation.public === true ? {} : { 401: { description: "The header `api-key` is not the configured key." } }),
    ...(method === "GET" ? {} : refusals(413, 415)),
  };
}
