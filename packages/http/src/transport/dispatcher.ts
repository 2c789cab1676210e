import { errorMessage, FatalError, readTlsMaterial } from "@iggy-connectors/sdk";
import { Agent, type Dispatcher, ProxyAgent } from "undici";
import type { HttpClientOptions } from "../options.ts";
import { percentDecoded } from "../target-url.ts";

const DEFAULT_CONNECTIONS = 8;
/** Idle sockets are kept for the quiet moments of a stream; shorter when the server says so. */
const KEEP_ALIVE = 90_000;
const TCP_KEEP_ALIVE = 30_000;

/** The pool of sockets to one server, through a proxy where one is set. */
export function createDispatcher(options: HttpClientOptions): Dispatcher {
  const { tls } = options;
  const connect = {
    keepAliveInitialDelay: TCP_KEEP_ALIVE,
    ...(tls === undefined ? {} : readTlsMaterial(tls, "IGC_HTTP_TLS_FILE")),
    ...(tls?.serverName === undefined ? {} : { servername: tls.serverName }),
    ...(tls?.skipVerify === true ? { rejectUnauthorized: false } : {}),
  };
  const pool = {
    connections: options.connections ?? DEFAULT_CONNECTIONS,
    keepAliveTimeout: KEEP_ALIVE,
    // The attempt's own deadline covers headers and body, so that undici's two timers are not needed.
    headersTimeout: 0,
    bodyTimeout: 0,
  };
  try {
    if (options.proxy === undefined) return new Agent({ ...pool, connect });
    const { uri, token } = readProxy(options.proxy);
    return new ProxyAgent({ ...pool, uri, requestTls: connect, ...(token === undefined ? {} : { token }) });
  } catch (cause) {
    if (cause instanceof FatalError) throw cause;
    throw new FatalError(`the TLS settings cannot be used: ${errorMessage(cause)}`, {
      code: "IGC_HTTP_TLS",
      place: "tls",
      fix: "check that certificate and key belong together, and the passphrase",
      cause,
    });
  }
}

function readProxy(text: string): { uri: string; token: string | undefined } {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined || !/^https?:$/.test(url.protocol)) {
    // The text may hold a password, so it is not repeated.
    throw new FatalError('"proxy" is not an http:// or https:// URL', {
      code: "IGC_HTTP_PROXY",
      place: "proxy",
      fix: "write it like http://proxy.example:3128",
    });
  }
  const { username, password } = url;
  url.username = "";
  url.password = "";
  if (username === "" && password === "") return { uri: url.href, token: undefined };
  const credentials = `${percentDecoded(username)}:${percentDecoded(password)}`;
  return { uri: url.href, token: `Basic ${Buffer.from(credentials).toString("base64")}` };
}
