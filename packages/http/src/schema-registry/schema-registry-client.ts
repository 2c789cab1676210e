import { FatalError, RejectedError } from "@iggy-connectors/sdk";
import type { RegisteredSchema, SchemaReference, SchemaRegistry, SchemaType } from "@iggy-connectors/sdk/internal";
import { createHttpClient } from "../http-client.ts";
import type { HttpClient, HttpClientOptions, HttpResponse } from "../options.ts";
import { type ReferenceAnswer, readId, readSchema, requireNotFound, type SchemaAnswer } from "./answers.ts";

const MEDIA_TYPE = "application/vnd.schemaregistry.v1+json";
/** Milliseconds for one call; the caller repeats with back-off. */
const TIMEOUT = 10_000;
/** Schemas that one schema may refer to, directly or not. */
const MAX_REFERENCES = 1000;
const NOT_FOUND = 404;

/** Where a registry is and who asks: with user and password, with a bearer token, or with neither. */
export interface SchemaRegistryAccess {
  readonly url: string;
  readonly username?: string | undefined;
  readonly password?: string | undefined;
  readonly token?: string | undefined;
}

/**
 * A client of the REST API of Confluent's Schema Registry
 * (https://docs.confluent.io/platform/current/schema-registry/develop/api.html), closed when the signal aborts.
 */
export function connectSchemaRegistry(access: SchemaRegistryAccess, signal: AbortSignal): SchemaRegistry {
  const { url, username, password, token } = access;
  const http = createHttpClient({
    baseUrl: url,
    urlKey: "schema_registry.url",
    timeout: TIMEOUT,
    headers: { accept: MEDIA_TYPE },
    ...authentication(username, password, token),
  });
  signal.addEventListener("abort", () => void http.close(), { once: true });
  return new RegistryClient(http);
}

class RegistryClient implements SchemaRegistry {
  readonly #http: HttpClient;

  constructor(http: HttpClient) {
    this.#http = http;
  }

  async byId(id: number, signal: AbortSignal): Promise<RegisteredSchema | undefined> {
    const answer = await this.#get(`/schemas/ids/${id}`, signal);
    return answer === undefined ? undefined : this.#complete(readSchema(answer), signal);
  }

  async latest(
    subject: string,
    signal: AbortSignal,
  ): Promise<{ readonly id: number; readonly schema: RegisteredSchema } | undefined> {
    const answer = await this.#get(`/subjects/${encodeURIComponent(subject)}/versions/latest`, signal);
    if (answer === undefined) return undefined;
    return { id: readId(answer), schema: await this.#complete(readSchema(answer), signal) };
  }

  async lookup(subject: string, type: SchemaType, text: string, signal: AbortSignal): Promise<number | undefined> {
    const answer = await this.#post(`/subjects/${encodeURIComponent(subject)}`, type, text, signal);
    return answer === undefined ? undefined : readId(answer);
  }

  async register(subject: string, type: SchemaType, text: string, signal: AbortSignal): Promise<number> {
    const answer = await this.#post(`/subjects/${encodeURIComponent(subject)}/versions`, type, text, signal);
    if (answer === undefined) throw refused(subject, "it does not exist");
    return readId(answer);
  }

  /** With all schemas that it refers to, those that others need first. */
  async #complete({ type, schema, references }: SchemaAnswer, signal: AbortSignal): Promise<RegisteredSchema> {
    const found = new Map<string, SchemaReference>();
    const begun = new Set<string>();
    const collect = async (wanted: readonly ReferenceAnswer[]): Promise<void> => {
      for (const { name, subject, version } of wanted) {
        if (begun.has(name)) continue;
        begun.add(name);
        if (begun.size > MAX_REFERENCES) throw refused(subject, `it refers to more than ${MAX_REFERENCES} schemas`);
        const answer = await this.#get(`/subjects/${encodeURIComponent(subject)}/versions/${version}`, signal);
        if (answer === undefined)
          throw refused(subject, `version ${version}, which another schema refers to, does not exist`);
        const inner = readSchema(answer);
        await collect(inner.references);
        found.set(name, { name, text: inner.schema });
      }
    };
    await collect(references);
    return { type, text: schema, references: [...found.values()] };
  }

  /** Undefined: not found. */
  async #get(path: string, signal: AbortSignal): Promise<HttpResponse | undefined> {
    const response = await this.#http.request({ method: "GET", path, signal, accept: isAnswer });
    return foundOrNot(response);
  }

  async #post(path: string, type: SchemaType, schema: string, signal: AbortSignal): Promise<HttpResponse | undefined> {
    try {
      const response = await this.#http.request({
        method: "POST",
        path,
        signal,
        accept: isAnswer,
        headers: { "content-type": MEDIA_TYPE },
        // AVRO is a registry's default, and the only type that old versions know.
        body: JSON.stringify(type === "AVRO" ? { schema } : { schema, schemaType: type }),
      });
      return foundOrNot(response);
    } catch (error) {
      // What is refused is the schema, which the configuration names: no message is at fault.
      if (!(error instanceof RejectedError)) throw error;
      throw new FatalError(`the schema registry refuses the stream's schema: ${error.message}`, {
        code: "IGC_CONFIG_SCHEMA_REGISTRY",
        place: "schema_registry",
        fix: "make the schema compatible with the subject's earlier versions, or choose another subject",
        cause: error,
      });
    }
  }
}

function authentication(
  username: string | undefined,
  password = "",
  token: string | undefined,
): Pick<HttpClientOptions, "auth"> {
  if (username !== undefined) return { auth: { type: "basic", username, password } };
  return token === undefined ? {} : { auth: { type: "bearer", token } };
}

function isAnswer(status: number): boolean {
  return (status >= 200 && status < 300) || status === NOT_FOUND;
}

/** Only the registry's own error code means "not found": any server answers 404 where the URL is wrong. */
function foundOrNot(response: HttpResponse): HttpResponse | undefined {
  if (response.status !== NOT_FOUND) return response;
  requireNotFound(response);
  return undefined;
}

function refused(subject: string, reason: string): FatalError {
  return new FatalError(`subject ${JSON.stringify(subject)} of the schema registry cannot be used: ${reason}`, {
    code: "IGC_CONFIG_SCHEMA_REGISTRY",
    place: "schema_registry",
    fix: "check the subjects and versions in the registry",
  });
}
