/** Where a database is, as a connection string says it. */
export interface ConnectionTarget {
  /** At least one; tried in this order. */
  readonly hosts: readonly Host[];
  readonly user: string | undefined;
  readonly password: string | undefined;
  readonly database: string | undefined;
  /** Every other parameter, by its name in lower case. */
  readonly parameters: ReadonlyMap<string, string>;
}

export interface Host {
  /** A name, an address, or the folder of a Unix socket. */
  readonly host: string;
  readonly port: number;
}

const SCHEME = /^postgres(?:ql)?:\/\//i;
const DEFAULT_PORT = 5432;

/** Why a connection string cannot be read. It never shows the string, which holds a password. */
export class ConnectionStringError extends Error {
  override readonly name = "ConnectionStringError";
}

/**
 * Reads a URL (`postgres://user:password@host1:5432,host2/database?sslmode=require`) or `key=value` pairs (`host=… dbname=…`), as libpq does.
 * See "Connection Strings" in the PostgreSQL manual. @throws ConnectionStringError.
 */
export function parseConnectionString(text: string): ConnectionTarget {
  const scheme = SCHEME.exec(text);
  const parameters = scheme === null ? readPairs(text) : readUrl(text.slice(scheme[0].length));
  const take = (name: string): string | undefined => {
    const value = parameters.get(name);
    parameters.delete(name);
    return value === "" ? undefined : value;
  };
  const addresses = take("hostaddr");
  const names = take("host");
  const hosts = (addresses ?? names ?? "localhost").split(",").map((host) => host.trim() || "localhost");
  const ports = (take("port") ?? "").split(",").map((port) => readPort(port.trim()));
  if (ports.length !== 1 && ports.length !== hosts.length) {
    throw new ConnectionStringError(`has ${hosts.length} hosts and ${ports.length} ports`);
  }
  return {
    hosts: hosts.map((host, index) => ({ host, port: ports[ports.length === 1 ? 0 : index]! })),
    user: take("user"),
    password: take("password"),
    database: take("dbname"),
    parameters,
  };
}

function readUrl(text: string): Map<string, string> {
  const [address = "", query = ""] = splitAt(text, text.indexOf("?"));
  const [authority = "", database = ""] = splitAt(address, address.indexOf("/"));
  const at = authority.lastIndexOf("@");
  const parameters = new Map<string, string>();
  if (at >= 0) {
    const [user = "", password = ""] = splitAt(authority.slice(0, at), authority.slice(0, at).indexOf(":"));
    parameters.set("user", decoded(user));
    parameters.set("password", decoded(password));
  }
  const places = authority
    .slice(at + 1)
    .split(",")
    .map(readPlace);
  parameters.set("host", places.map(({ host }) => host).join(","));
  parameters.set("port", places.every(({ port }) => port === "") ? "" : places.map(({ port }) => port).join(","));
  parameters.set("dbname", decoded(database));
  for (const pair of query.split("&").filter(Boolean)) {
    const [name = "", value = ""] = splitAt(pair, pair.indexOf("="));
    parameters.set(decoded(name).toLowerCase(), decoded(value));
  }
  return parameters;
}

/** `host:port` or `[address]:port`. */
function readPlace(text: string): { host: string; port: string } {
  const found = /^(?:\[([^\]]*)\]|([^:]*))(?::(\d*))?$/.exec(text);
  if (found === null) throw new ConnectionStringError("has a host that cannot be read");
  return { host: decoded(found[1] ?? found[2] ?? ""), port: found[3] ?? "" };
}

/** Values may be quoted by apostrophes; a backslash escapes what follows it. */
function readPairs(text: string): Map<string, string> {
  const parameters = new Map<string, string>();
  const pair = /\s*([A-Za-z_][\w-]*)\s*=\s*(?:'((?:[^'\\]|\\.)*)'|((?:[^\s'\\]|\\.)*))(?=\s|$)/sy;
  while (text.slice(pair.lastIndex).trim() !== "") {
    const found = pair.exec(text);
    if (found === null)
      throw new ConnectionStringError(
        "must be a URL such as postgres://user:password@host:5432/database, or pairs such as host=… dbname=…",
      );
    parameters.set(found[1]!.toLowerCase(), (found[2] ?? found[3] ?? "").replace(/\\(.)/gs, "$1"));
  }
  if (parameters.size === 0) throw new ConnectionStringError("must not be empty");
  return parameters;
}

function readPort(text: string): number {
  if (text === "") return DEFAULT_PORT;
  const port = Number(text);
  if (!/^\d+$/.test(text) || port < 1 || port > 65_535)
    throw new ConnectionStringError("has a port that is not from 1 to 65535");
  return port;
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    throw new ConnectionStringError("has a % that is not followed by two digits; write a % in a password as %25");
  }
}

function splitAt(text: string, index: number): [string, string] {
  return index < 0 ? [text, ""] : [text.slice(0, index), text.slice(index + 1)];
}
