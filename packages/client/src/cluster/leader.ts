import { lookup } from "node:dns/promises";
import type { ClusterMetadata, ClusterNode } from "@iggy-connectors/protocol";
import { type Address, addressOf } from "../configuration/address.ts";

/** Where the leader is, as a roster says: at the node that was asked, at another, or the roster names none. */
export type Leader = "here" | "unknown" | Address;

/**
 * A single node is its own leader, whatever it calls itself. Among more, the leader is the first node that says so and
 * is healthy.
 */
export async function findLeader({ nodes }: ClusterMetadata, current: Address): Promise<Leader> {
  if (nodes.length === 1) return "here";
  const leader = nodes.find((node) => node.role === "leader" && node.status === "healthy" && node.tcpPort > 0);
  if (leader === undefined) return "unknown";
  const address = nodeAddress(leader);
  return (await isSame(address, current)) ? "here" : address;
}

/**
 * The addresses of a cluster that can be dialled over TCP. A single node names what it listens on, which seen from here
 * may be another server's address (127.0.0.1): it is not needed, because the client is already connected to it.
 */
export function rosterAddresses({ nodes }: ClusterMetadata): Address[] {
  if (nodes.length < 2) return [];
  return nodes.filter(({ tcpPort, ip }) => tcpPort > 0 && ip !== "").map(nodeAddress);
}

function nodeAddress({ ip, tcpPort }: ClusterNode): Address {
  return addressOf(ip, tcpPort);
}

/** A roster may name by number what the user named by name. */
async function isSame(a: Address, b: Address): Promise<boolean> {
  if (a.text === b.text) return true;
  if (a.port !== b.port) return false;
  const [left, right] = await Promise.all([resolved(a.host), resolved(b.host)]);
  return left.some((ip) => right.includes(ip));
}

async function resolved(host: string): Promise<string[]> {
  try {
    return (await lookup(host, { all: true })).map(({ address }) => address);
  } catch {
    return [host];
  }
}
