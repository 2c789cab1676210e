import {
  type Command,
  FENCED_PARTITION,
  type GroupTarget,
  getConsumerGroup,
  getStats,
  getTopic,
  legacy,
  logout,
  POLL_PREFIX_SIZE,
  type PollMessagesRequest,
  pollMessages,
  type ReplyOutcome,
  syncConsumerGroup,
  type UpdateTopicRequest,
  updateTopic,
} from "@iggy-connectors/protocol";
import { topicOptions } from "../../commands/topic-options.ts";
import type { Address } from "../../configuration/address.ts";
import { type Login, readLogin } from "../../configuration/credentials.ts";
import type { Call } from "../../connection/call.ts";
import { encodeOrName } from "../../connection/encode-fault.ts";
import type { Connection } from "../../connection/transport/connection.ts";
import type { Work } from "../../connection/work.ts";
import { CODE, IggyError, toIggyError } from "../../errors/errors.ts";
import { type ServerIdentity, type Session, tooLate } from "../dialect.ts";
import { encodeWork, layoutOf } from "./encode-work.ts";
import { LegacyAssignments } from "./group-assignment.ts";

/** Answers a poll of a partition that belongs to another member, as later servers do. */
const FENCED = legacy.indexMessages(fencedBody());

/** The server closes this connection, and did not execute the request. */
const SESSION_GONE: ReadonlySet<number> = new Set([CODE.staleClient, CODE.unauthenticated, CODE.clientNotFound]);

/**
 * A login at a server of 0.7 or 0.8. There are no request numbers, so an answer belongs to the oldest request without
 * one. What these servers lack is built from what they have: the assignment of a group, the fence of a partition, the
 * update that leaves alone what it does not name.
 */
export class LegacySession implements Session {
  readonly needsPings = true;
  readonly #connection: Connection<Buffer>;
  readonly #assignments = new LegacyAssignments({
    getGroup: (target) => this.#request(getConsumerGroup, target),
    poll: (request) => this.#pollAsMember(request),
  });
  #version: string | undefined;
  #requests = 0n;
  readonly #requestTimeout: number;

  /** `requestTimeout` in milliseconds, for what the client asks for itself. */
  constructor(connection: Connection<Buffer>, requestTimeout: number) {
    this.#connection = connection;
    this.#requestTimeout = requestTimeout;
  }

  get address(): Address {
    return this.#connection.address;
  }

  get server(): ServerIdentity {
    return { address: this.address.text, protocol: "legacy", version: this.#version };
  }

  get lost(): IggyError | undefined {
    return this.#connection.lost;
  }

  get signal(): AbortSignal {
    return this.#connection.signal;
  }

  /** @throws IggyError 42, 47, 53 or 54 when the server refuses the login. */
  async logIn(credentials: Parameters<typeof readLogin>[0]): Promise<void> {
    const login = await readLogin(credentials);
    const outcome = await this.#exchangeLogin(login);
    if (!outcome.ok) throw loginRefused(login, outcome.code, this.address);
    // Nothing else tells the version, and not every user may ask for it.
    const stats = await this.query(getStats, undefined).catch(() => undefined);
    if (this.lost !== undefined) throw this.lost;
    this.#version = stats?.serverVersion;
  }

  async execute<Response>(call: Call<Response>): Promise<Response> {
    const { command, work } = call as Call<unknown>;
    return (await this.#perform(command, work, call)) as Response;
  }

  async query<Request, Response>(command: Command<Request, Response>, request: Request): Promise<Response> {
    const layout = layoutOf(command, this.#server);
    const timeout = this.#requestTimeout;
    const timer = setTimeout(() => this.drop(tooLate(this.address, command.name, timeout)), timeout);
    try {
      const outcome = legacy.decodeResponse(layout, await this.#send(legacy.encodeRequest(layout, request)));
      if (outcome.ok) return outcome.response;
      throw new IggyError(outcome.code, { command: command.name });
    } finally {
      clearTimeout(timer);
    }
  }

  /** Clusters of these servers do not route. */
  useRoster(): void {}

  async logOut(): Promise<void> {
    await this.query(logout, undefined);
  }

  drop(error: IggyError): void {
    this.#connection.drop(error);
  }

  get #server(): string {
    return `Iggy ${this.#version ?? "0.8 or older"} at ${this.address.text}`;
  }

  async #perform(command: Command<unknown, unknown>, work: Work, call: Call<unknown>): Promise<unknown> {
    call.written = false;
    call.refusedLogin = false;
    call.carriedBy = this;
    if (work.kind === "request") {
      if (is(command, syncConsumerGroup)) return await this.#assignments.sync(work.request as GroupTarget);
      if (is(command, pollMessages)) return await this.#poll(work.request as PollMessagesRequest);
      if (is(command, updateTopic)) {
        const request = await this.#completed(work.request as UpdateTopicRequest);
        return await this.#exchange(command, { kind: "request", request }, call);
      }
    }
    return await this.#exchange(command, work, call);
  }

  #request<Request, Response>(command: Command<Request, Response>, request: Request): Promise<Response> {
    return this.#exchange(command as Command<unknown, Response>, { kind: "request", request });
  }

  async #exchange<Response>(command: Command<unknown, Response>, work: Work, call?: Call<unknown>): Promise<Response> {
    const layout = layoutOf(command, this.#server);
    const frame = this.#encoded(command, work);
    if (this.lost !== undefined) throw this.lost;
    if (call !== undefined) call.written = true;
    const outcome = this.#decoded(command, layout, await this.#send(frame));
    if (outcome.ok) return outcome.response;
    throw this.#refusal(command, outcome.code, call);
  }

  #encoded(command: Command<unknown, unknown>, work: Work): Buffer {
    try {
      return encodeOrName(work, (given) => encodeWork(command, given, this.#server));
    } catch (error) {
      const options = { command: command.name, advice: `this is ${this.#server}` };
      throw toIggyError(error, CODE.invalidCommand, options);
    }
  }

  #decoded<Response>(
    command: Command<unknown, Response>,
    layout: Parameters<typeof legacy.decodeResponse<unknown, Response>>[0],
    frame: Buffer,
  ): ReplyOutcome<Response> {
    try {
      return legacy.decodeResponse(layout, frame);
    } catch (cause) {
      const error = toIggyError(cause, CODE.invalidFormat, {
        command: command.name,
        advice: "the connection was dropped; check that the server is a release this client knows",
        outcomeUnknown: true,
      });
      this.drop(error);
      throw error;
    }
  }

  #refusal(command: Command<unknown, unknown>, code: number, call: Call<unknown> | undefined): IggyError {
    const sessionGone = SESSION_GONE.has(code);
    if (sessionGone && call !== undefined) {
      call.refusedLogin = true;
      call.written = false;
    }
    const error = new IggyError(code, {
      command: command.name,
      ...(sessionGone || code === CODE.disconnected ? { retryable: true } : {}),
    });
    if (legacy.endsConnection(command, code) || sessionGone) this.drop(error);
    return error;
  }

  async #poll(request: PollMessagesRequest): Promise<unknown> {
    const frames = await this.#request(pollMessages, request);
    const { consumer, partition = 0 } = request;
    // Not this member's partition: only its number says so. Later servers answer with a number that no partition has.
    const fenced = consumer.kind === "group" && partition > 0 && frames.partition === 0 && frames.length === 0;
    return fenced ? FENCED : frames;
  }

  async #pollAsMember(request: PollMessagesRequest) {
    try {
      return await this.#request(pollMessages, request);
    } catch (error) {
      if (error instanceof IggyError && error.code === CODE.notMember) return undefined;
      throw error;
    }
  }

  /** An update replaces every setting of a topic, so those that are not to change are read first. */
  async #completed(request: UpdateTopicRequest): Promise<UpdateTopicRequest> {
    const found = await this.#request(getTopic, { stream: request.stream, topic: request.topic });
    if (found === undefined) return request;
    const { compression, messageExpiry, maxTopicSize } = found;
    const current = topicOptions({ compression, messageExpiry, maxTopicSize });
    return { ...request, options: new Map([...current, ...(request.options ?? [])]) };
  }

  async #exchangeLogin(login: Login) {
    if (login.kind === "token") {
      const frame = legacy.encodeRequest(legacy.loginWithToken, { token: login.token });
      return legacy.decodeResponse(legacy.loginWithToken, await this.#send(frame));
    }
    const { username, password } = login;
    const frame = legacy.encodeRequest(legacy.loginWithPassword, { username, password });
    return legacy.decodeResponse(legacy.loginWithPassword, await this.#send(frame));
  }

  #send(frame: Buffer): Promise<Buffer> {
    this.#requests += 1n;
    return this.#connection.exchange(frame, this.#requests);
  }
}

function fencedBody(): Buffer {
  const body = Buffer.alloc(POLL_PREFIX_SIZE);
  body.writeUInt32LE(FENCED_PARTITION);
  return body;
}

function is(command: Command<unknown, unknown>, { code }: Pick<Command<unknown, unknown>, "code">): boolean {
  return command.code === code;
}

/** Servers up to 0.8 answer an unknown token as they do any missing thing. */
function loginRefused(login: Login, status: number, address: Address): IggyError {
  const code = login.kind === "token" && status === CODE.resourceNotFound ? CODE.invalidToken : status;
  const what = login.kind === "token" ? "this personal access token" : "this username and password";
  return new IggyError(code, { command: "login", detail: `Iggy at ${address.text} refuses ${what} (${code})` });
}
