import { setTimeout as sleep } from "node:timers/promises";
import {
  attachConsumerSession,
  type ClusterNode,
  type Command,
  type ConsumerSession,
  deleteConsumerOffset,
  getConsumerOffsetRouting,
  getPollRouting,
  type OffsetTarget,
  type PollMessagesRequest,
  pollMessages,
  pollMessagesOnPrimary,
  storeConsumerOffset,
} from "@iggy-connectors/protocol";
import { type Address, addressOf } from "../../configuration/address.ts";
import type { Call } from "../../connection/call.ts";
import { CODE, IggyError, toIggyError } from "../../errors/errors.ts";
import type { VsrSession } from "./session.ts";

/** Waits after "not accepted", milliseconds: an election may be under way. */
const FIRST_WAIT = 50;
const LONGEST_WAIT = 1000;
/** Routes and connections that are remembered; official clients keep as many. */
const MAX_ROUTES = 4096;
const MAX_CONNECTIONS = 256;

/** The session that joined the groups, where everything but routed calls goes. */
export interface Coordinator extends Pick<VsrSession, "query" | "lost" | "signal"> {
  /**
   * Whom an attached connection acts for; `metadataWatermark` is the highest position of the metadata log seen so far.
   */
  readonly consumerSession: ConsumerSession;
}

export type Routed = { readonly routed: true; readonly response: unknown } | { readonly routed: false };

interface DataConnection {
  readonly session: VsrSession;
  /** The watermark it was attached with; `undefined` before. */
  attachedAt: bigint | undefined;
}

/**
 * In a cluster each partition has a primary, and only that one stores offsets. This takes such calls there: it asks the
 * coordinator for the route, logs in at the primary on a connection of its own, attaches it to the coordinator's
 * session, whose memberships count, and makes the call. It lives as long as the coordinator's session.
 */
export class PartitionRouter {
  readonly #coordinator: Coordinator;
  readonly #open: (address: Address) => Promise<VsrSession>;
  readonly #routes = new Map<string, Address>();
  readonly #connections = new Map<string, DataConnection>();
  #watermark = 0n;
  /** A server of 0.9.0-edge.5 knows no routes: everything goes to the leader there. */
  #unknown = false;

  constructor(coordinator: Coordinator, open: (address: Address) => Promise<VsrSession>) {
    this.#coordinator = coordinator;
    this.#open = open;
    const end = (): void => {
      for (const { session } of this.#connections.values()) session.drop(coordinator.lost!);
    };
    coordinator.signal.addEventListener("abort", end, { once: true });
  }

  /** Whether a call belongs to a partition's primary: it stores an offset, or deletes one. */
  takes({ command, work }: Call<unknown>): boolean {
    if (this.#unknown || work.kind !== "request") return false;
    if (command.code === pollMessages.code) return (work.request as PollMessagesRequest).autoCommit;
    return command.code === storeConsumerOffset.code || command.code === deleteConsumerOffset.code;
  }

  /**
   * Not `routed`: this cluster knows no routes, the call is to be made where everything else goes.
   * @throws IggyError of the server's refusal; of the coordinator's end, when its session ends meanwhile; 8 with
   * `outcomeUnknown` when the connection to the primary was lost before the answer.
   */
  async execute(call: Call<unknown>): Promise<Routed> {
    const key = keyOf(call);
    for (let wait = FIRST_WAIT; ; wait = Math.min(wait * 2, LONGEST_WAIT)) {
      call.written = false;
      call.carriedBy = undefined;
      const data = await this.#connected(key, call);
      if (!(data instanceof IggyError)) {
        const outcome = await settled(data.session.execute(call, routedCommand(call)));
        if (outcome.ok) return { routed: true, response: outcome.value };
        const { error } = outcome;
        if (this.#coordinator.lost !== undefined) throw this.#coordinator.lost;
        if (data.session.lost === error) this.#failed(call, error);
        else if (error.code !== CODE.notAccepted) throw error;
        this.#forget(key, data);
        if (performance.now() + wait >= call.deadline) throw error;
      } else if (data.code === CODE.invalidCommand && this.#connections.size === 0) {
        this.#unknown = true;
        return { routed: false };
      } else if (!data.retryable || performance.now() + wait >= call.deadline) {
        throw data;
      }
      await sleep(wait, undefined, { signal: this.#coordinator.signal }).catch(() => {});
      if (this.#coordinator.lost !== undefined) throw this.#coordinator.lost;
    }
  }

  /** @throws IggyError where the call must not be made again. */
  #failed(call: Call<unknown>, loss: IggyError): void {
    if (!call.written || call.refusedLogin) return;
    throw call.lostAnswer(loss);
  }

  /** An attached connection to the primary, or why there is none now. */
  async #connected(key: string, call: Call<unknown>): Promise<DataConnection | IggyError> {
    const { metadataWatermark } = this.#coordinator.consumerSession;
    if (metadataWatermark > this.#watermark) {
      this.#watermark = metadataWatermark;
      this.#routes.clear();
    }
    try {
      const address = this.#routes.get(key) ?? (await this.#route(key, call));
      const data = this.#connections.get(address.text) ?? (await this.#connect(address));
      if (data.attachedAt === undefined || data.attachedAt < this.#watermark) await this.#attach(data);
      return data;
    } catch (error) {
      if (this.#coordinator.lost !== undefined) throw this.#coordinator.lost;
      this.#routes.delete(key);
      return toIggyError(error, CODE.cannotEstablishConnection, { command: call.command.name });
    }
  }

  async #route(key: string, { command, work }: Call<unknown>): Promise<Address> {
    const request = work.kind === "request" ? work.request : undefined;
    const routing =
      command.code === pollMessages.code
        ? await this.#coordinator.query(getPollRouting, request as PollMessagesRequest)
        : await this.#coordinator.query(getConsumerOffsetRouting, request as OffsetTarget);
    if (routing.metadataWatermark > this.#watermark) this.#watermark = routing.metadataWatermark;
    const address = primaryAddress(routing.primary);
    if (this.#routes.size >= MAX_ROUTES) this.#routes.clear();
    this.#routes.set(key, address);
    return address;
  }

  async #connect(address: Address): Promise<DataConnection> {
    const session = await this.#open(address);
    if (this.#coordinator.lost !== undefined) session.drop(this.#coordinator.lost);
    const data: DataConnection = { session, attachedAt: undefined };
    if (this.#connections.size >= MAX_CONNECTIONS) {
      for (const [text, { session: oldest }] of this.#connections) {
        oldest.drop(new IggyError(CODE.disconnected, { detail: "other nodes are asked more often" }));
        this.#connections.delete(text);
        break;
      }
    }
    this.#connections.set(address.text, data);
    session.signal.addEventListener("abort", () => {
      if (this.#connections.get(address.text) === data) this.#connections.delete(address.text);
    });
    return data;
  }

  async #attach(data: DataConnection): Promise<void> {
    const watermark = this.#watermark;
    const { client, session } = this.#coordinator.consumerSession;
    await data.session.query(attachConsumerSession, { client, session, metadataWatermark: watermark });
    data.attachedAt = watermark;
  }

  #forget(key: string, data: DataConnection): void {
    this.#routes.delete(key);
    data.attachedAt = undefined;
  }
}

type Settled = { readonly ok: true; readonly value: unknown } | { readonly ok: false; readonly error: IggyError };

async function settled(call: Promise<unknown>): Promise<Settled> {
  try {
    return { ok: true, value: await call };
  } catch (error) {
    return { ok: false, error: toIggyError(error, CODE.invalidCommand) };
  }
}

/** At a primary a poll has a code of its own, offset writes have not. */
function routedCommand({ command }: Call<unknown>): Command<unknown, unknown> {
  return command.code === pollMessages.code ? pollMessagesOnPrimary : command;
}

function keyOf({ command, work }: Call<unknown>): string {
  const { consumer, stream, topic, partition } = (work.kind === "request" ? work.request : {}) as OffsetTarget;
  return JSON.stringify([command.code === pollMessages.code, consumer, stream, topic, partition]);
}

function primaryAddress({ ip, tcpPort }: ClusterNode): Address {
  if (tcpPort > 0 && ip !== "") return addressOf(ip, tcpPort);
  throw new IggyError(CODE.notAccepted, { detail: "the partition's primary takes no TCP connections" });
}
