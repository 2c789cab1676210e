import { once } from "node:events";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

interface Reference {
  readonly name: string;
  readonly subject: string;
  readonly version: number;
}

interface Entry {
  readonly schema: string;
  readonly schemaType: string;
  readonly references: readonly Reference[];
}

interface SchemaRegistryServerOptions {
  /** The `Authorization` header that every call must carry. Default: none is asked for. */
  readonly authorization?: string;
}

const MEDIA_TYPE = "application/vnd.schemaregistry.v1+json";

/**
 * A schema registry in memory that speaks as much of Confluent's REST API
 * (https://docs.confluent.io/platform/current/schema-registry/develop/api.html) as connectors use: schemas by id, the versions of
 * a subject, looking a schema up and registering it, with references. It refuses what `incompatible` names.
 */
export class SchemaRegistryServer {
  /** `METHOD path` of every call that was answered. */
  readonly calls: string[] = [];
  /** Answers every call with this status instead; 0: as usual. */
  failWith = 0;
  /** A text: schemas that hold it are refused as incompatible. */
  incompatible = "";
  readonly #server: Server;
  readonly #options: SchemaRegistryServerOptions;
  readonly #schemas = new Map<number, Entry>();
  /** Ids by version, of each subject. */
  readonly #subjects = new Map<string, number[]>();
  #url = "";

  private constructor(options: SchemaRegistryServerOptions) {
    this.#options = options;
    const listener = (request: IncomingMessage, response: ServerResponse) => void this.#serve(request, response);
    this.#server = createServer(listener);
  }

  static async start(options: SchemaRegistryServerOptions = {}): Promise<SchemaRegistryServer> {
    const registry = new SchemaRegistryServer(options);
    await registry.listen(0);
    return registry;
  }

  get url(): string {
    return this.#url;
  }

  /** Listens again after `close`, on the same port when none is given. */
  async listen(port = Number(new URL(this.#url).port)): Promise<void> {
    this.#server.listen(port, "127.0.0.1");
    await once(this.#server, "listening");
    this.#url = `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections();
    if (!this.#server.listening) return;
    this.#server.close();
    await once(this.#server, "close");
  }

  /** Registers a schema as a client would; returns its id. */
  add(subject: string, schema: string, schemaType = "AVRO", references: readonly Reference[] = []): number {
    const entry = { schema, schemaType, references };
    const versions = this.#subjects.get(subject) ?? [];
    const id = this.#idOf(entry) ?? this.#schemas.size + 1;
    this.#schemas.set(id, entry);
    if (!versions.includes(id)) versions.push(id);
    this.#subjects.set(subject, versions);
    return id;
  }

  #idOf({ schema, schemaType }: Entry): number | undefined {
    for (const [id, known] of this.#schemas) if (known.schema === schema && known.schemaType === schemaType) return id;
    return undefined;
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const { authorization } = this.#options;
    const answer = (status: number, body: unknown) =>
      response.writeHead(status, { "content-type": MEDIA_TYPE }).end(JSON.stringify(body));
    if (authorization !== undefined && request.headers.authorization !== authorization) {
      answer(401, { error_code: 401, message: "Unauthorized" });
      return;
    }
    this.calls.push(`${request.method} ${request.url}`);
    if (this.failWith !== 0) {
      answer(this.failWith, { error_code: this.failWith, message: "told to fail" });
      return;
    }
    const [status, body] = this.#answer(request.method ?? "", request.url ?? "", Buffer.concat(chunks).toString());
    answer(status, body);
  }

  #answer(method: string, url: string, body: string): [number, unknown] {
    const path = url.split("/").slice(1).map(decodeURIComponent);
    const [root, name = "", third, fourth = ""] = path;
    if (method === "GET" && root === "schemas" && name === "ids") return this.#byId(Number(third));
    if (root !== "subjects") return [404, { error_code: 404, message: "HTTP 404 Not Found" }];
    if (method === "GET" && third === "versions") return this.#version(name, fourth);
    const entry = readEntry(body);
    if (method === "POST" && third === undefined) return this.#lookup(name, entry);
    if (method === "POST" && third === "versions") return this.#register(name, entry);
    return [405, { error_code: 405, message: "HTTP 405 Method Not Allowed" }];
  }

  #byId(id: number): [number, unknown] {
    const entry = this.#schemas.get(id);
    return entry === undefined ? [404, { error_code: 40403, message: "Schema not found" }] : [200, shown(entry)];
  }

  #version(subject: string, wanted: string): [number, unknown] {
    const versions = this.#subjects.get(subject);
    if (versions === undefined) return [404, { error_code: 40401, message: `Subject '${subject}' not found.` }];
    const version = wanted === "latest" ? versions.length : Number(wanted);
    const id = versions[version - 1];
    if (id === undefined) return [404, { error_code: 40402, message: `Version ${wanted} not found.` }];
    return [200, { subject, id, version, ...shown(this.#schemas.get(id)!) }];
  }

  #lookup(subject: string, entry: Entry): [number, unknown] {
    const versions = this.#subjects.get(subject);
    if (versions === undefined) return [404, { error_code: 40401, message: `Subject '${subject}' not found.` }];
    const id = this.#idOf(entry);
    const version = id === undefined ? 0 : versions.indexOf(id) + 1;
    if (version === 0) return [404, { error_code: 40403, message: "Schema not found" }];
    return [200, { subject, id, version, ...shown(entry) }];
  }

  #register(subject: string, entry: Entry): [number, unknown] {
    if (this.incompatible !== "" && entry.schema.includes(this.incompatible)) {
      return [409, { error_code: 409, message: "Schema being registered is incompatible with an earlier schema" }];
    }
    return [200, { id: this.add(subject, entry.schema, entry.schemaType, entry.references) }];
  }
}

function readEntry(body: string): Entry {
  const { schema, schemaType = "AVRO", references = [] } = JSON.parse(body) as Partial<Entry> & { schema: string };
  return { schema, schemaType, references };
}

/** As a registry shows it: AVRO is not named, and no references are no list. */
function shown({ schema, schemaType, references }: Entry): Record<string, unknown> {
  return {
    ...(schemaType === "AVRO" ? {} : { schemaType }),
    schema,
    ...(references.length === 0 ? {} : { references }),
  };
}
