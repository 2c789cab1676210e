import { CODE, IggyError } from "../errors/errors.ts";

/** Where a server listens. `text` is what errors show. */
export interface Address {
  readonly host: string;
  readonly port: number;
  readonly text: string;
}

const DEFAULT_PORT = 8090;
const BRACKETED = /^\[([^\]]+)\](?::(\d+))?$/;
const PLAIN = /^([^:/\s[\]]+)(?::(\d+))?$/;

/**
 * Reads `host:port`: a name, an IPv4 address, or an IPv6 address in brackets (`[::1]:8090`). Without a port it is 8090.
 * @throws IggyError 33 when the text is not an address.
 */
export function parseAddress(text: string): Address {
  const match = BRACKETED.exec(text) ?? PLAIN.exec(text);
  const port = match?.[2] === undefined ? DEFAULT_PORT : Number(match[2]);
  if (match === null || port < 1 || port > 65_535) {
    throw new IggyError(CODE.invalidServerAddress, {
      detail: `"${text}" is not a server address`,
      advice: 'write "host:port", for example "localhost:8090" or "[::1]:8090"',
    });
  }
  return { host: match[1]!, port, text: match[2] === undefined ? `${text}:${port}` : text };
}

/** An address in the form that {@link parseAddress} reads. */
export function addressOf(host: string, port: number): Address {
  return { host, port, text: host.includes(":") ? `[${host}]:${port}` : `${host}:${port}` };
}
