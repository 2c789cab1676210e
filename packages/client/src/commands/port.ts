import type { Link } from "../connection/link.ts";

/** What commands need of the client's connection. */
export type CommandPort = Pick<Link, "call" | "epoch" | "server">;
