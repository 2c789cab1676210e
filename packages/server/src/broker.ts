import { performance } from "node:perf_hooks";
import type { Identifier } from "@iggy-connectors/protocol";
import { Catalog } from "./catalog/catalog.ts";
import type { CatalogDocument, StreamEntry, TopicEntry } from "./catalog/document.ts";
import { findStream, findTopic, findUser } from "./catalog/lookup.ts";
import { createUser } from "./catalog/user-changes.ts";
import { createClock } from "./clock.ts";
import type { Connection } from "./connections/connection.ts";
import type { Session } from "./connections/session.ts";
import { Sessions } from "./connections/sessions.ts";
import { RequestRefused, STATUS } from "./errors.ts";
import type { Logger } from "./logger.ts";
import { catalogFile, removeLeftovers } from "./storage/data-folder.ts";
import { DiskHealth } from "./storage/disk/disk-health.ts";
import type { Files } from "./storage/disk/files.ts";
import { OpenSegments } from "./storage/log/open-segments.ts";
import { RecentRecordsBudget } from "./storage/log/recent-records.ts";
import { Topic, type TopicEnvironment } from "./topics/topic.ts";
import { Passwords } from "./users/passwords.ts";

/** Memory for recent records of all partitions together. */
const RECENT_RECORDS_BYTES = 64 * 1024 * 1024;

/** Open files of all logs together. */
const OPEN_SEGMENTS = 1024;

export interface BrokerOptions {
  readonly folder: string;
  readonly files: Files;
  readonly logger: Logger;
  /** Milliseconds. */
  readonly rebalancingTimeout: number;
  /** Wait for stable storage whatever a topic's options say. */
  readonly syncAlways: boolean;
}

/** Everything behind the connections: the catalogue, the open topics, the sessions. */
export class Broker {
  readonly traffic = { readBytes: 0, writtenBytes: 0 };
  readonly clock = createClock();
  readonly passwords = new Passwords();
  readonly sessions = new Sessions();
  readonly connections = new Map<number, Connection>();
  readonly logger: Logger;
  readonly folder: string;
  /** Microseconds since the Unix epoch. */
  readonly startedAt = this.clock();

  readonly #environment: TopicEnvironment;
  /** Stream id → topic id → topic. */
  readonly #topics = new Map<number, Map<number, Topic>>();
  readonly #removals = new Set<Promise<void>>();
  #catalog: Catalog | undefined;

  private constructor(options: BrokerOptions) {
    this.logger = options.logger;
    this.folder = options.folder;
    this.#environment = {
      rebalancingTimeout: options.rebalancingTimeout,
      syncAlways: options.syncAlways,
      now: () => performance.now(),
      log: {
        root: options.folder,
        files: options.files,
        openSegments: new OpenSegments(OPEN_SEGMENTS),
        health: new DiskHealth(options.logger),
        clock: this.clock,
        logger: options.logger,
        budget: new RecentRecordsBudget(RECENT_RECORDS_BYTES),
        traffic: this.traffic,
      },
    };
  }

  /** Opens a data folder that is locked already; repairs logs and removes files of what the catalogue dropped. */
  static async open(options: BrokerOptions): Promise<Broker> {
    const broker = new Broker(options);
    const path = catalogFile(options.folder);
    const catalog = await Catalog.open(broker.#environment.log, path, (before, after) => {
      broker.#follow(before, after);
    });
    broker.#catalog = catalog;
    await removeLeftovers(options.files, options.folder, catalog.document);
    for (const stream of catalog.document.streams) {
      const topics = broker.#topicsOf(stream.id);
      for (const entry of stream.topics) {
        topics.set(entry.id, await Topic.open(broker.#environment, stream.id, entry));
      }
    }
    return broker;
  }

  get catalog(): Catalog {
    if (this.#catalog === undefined) throw new Error("the catalogue is not open");
    return this.#catalog;
  }

  /** The open topic of a catalogue entry. */
  topicOf(stream: StreamEntry, entry: TopicEntry): Topic {
    const topic = this.#topics.get(stream.id)?.get(entry.id);
    if (topic === undefined) throw new Error(`topic ${stream.id}/${entry.id} is in the catalogue but not open`);
    return topic;
  }

  findTopic(stream: Identifier, topic: Identifier): Topic | undefined {
    const streamEntry = findStream(this.catalog.document, stream);
    const topicEntry = streamEntry === undefined ? undefined : findTopic(streamEntry, topic);
    return topicEntry === undefined ? undefined : this.#topics.get(streamEntry!.id)?.get(topicEntry.id);
  }

  *topics(): Generator<Topic> {
    for (const topics of this.#topics.values()) yield* topics.values();
  }

  /** Creates the root user when the folder has no user yet. */
  async ensureRoot(username: string, password: string): Promise<void> {
    if (this.catalog.document.users.length > 0) return;
    const passwordHash = await this.passwords.hash(password);
    const root = { username, passwordHash, status: "active", permissions: undefined } as const;
    await this.catalog.change(createUser(root, this.clock()));
  }

  /**
   * Gives a connection a session, see {@link Sessions.open}. A second login of the client that is logged in on it gets
   * the session it has.
   */
  async openSession(connection: Connection, clientId: bigint, userId: number): Promise<Session | undefined> {
    const { session } = connection;
    if (session?.clientId === clientId) return session.userId === userId ? session : undefined;
    if (session !== undefined) this.sessions.end(session);
    const number = BigInt(await this.catalog.nextPosition());
    const isGone = connection.closed || findUser(this.catalog.document, userId)?.status !== "active";
    if (isGone)
      throw new RequestRefused(STATUS.Unauthenticated, "the connection or the user was gone before the login ended");
    return this.sessions.open(connection, clientId, userId, number);
  }

  async enforceRetention(): Promise<void> {
    if (this.#environment.log.health.refusal !== undefined) return;
    for (const topic of this.topics()) await topic.enforceRetention();
  }

  async close(): Promise<void> {
    await this.catalog.settled();
    await Promise.all(this.#removals);
    for (const topic of this.topics()) await topic.close();
  }

  /** Applies a published catalogue to the open topics; unchanged parts are the same objects. */
  #follow(before: CatalogDocument, after: CatalogDocument): void {
    if (before.users !== after.users) this.sessions.endOfFormerUsers(after);
    const afterStreams = new Map(after.streams.map((stream) => [stream.id, stream]));
    const beforeStreams = new Map(before.streams.map((stream) => [stream.id, stream]));
    for (const stream of before.streams) {
      if (!afterStreams.has(stream.id)) this.#removeStream(stream);
    }
    for (const stream of after.streams) {
      const former = beforeStreams.get(stream.id);
      if (former !== stream) this.#followStream(former, stream);
    }
  }

  #followStream(before: StreamEntry | undefined, after: StreamEntry): void {
    const topics = this.#topicsOf(after.id);
    const kept = new Set(after.topics.map(({ id }) => id));
    for (const { id } of before?.topics ?? []) if (!kept.has(id)) this.#removeTopic(topics, id);
    for (const entry of after.topics) {
      const topic = topics.get(entry.id);
      if (topic === undefined) topics.set(entry.id, Topic.create(this.#environment, after.id, entry));
      else if (topic.entry !== entry) this.#updateTopic(topic, entry);
    }
  }

  #updateTopic(topic: Topic, entry: TopicEntry): void {
    const former = topic.entry.groups;
    const kept = new Set(entry.groups.map(({ id }) => id));
    for (const { id } of former) if (!kept.has(id)) this.sessions.forgetGroup(topic.findGroup(id)?.group);
    for (const removal of topic.update(entry)) this.#track(removal);
  }

  #removeTopic(topics: Map<number, Topic>, id: number): void {
    const topic = topics.get(id);
    if (topic === undefined) return;
    topics.delete(id);
    for (const group of topic.entry.groups) this.sessions.forgetGroup(topic.findGroup(group.id)?.group);
    this.#track(topic.delete());
  }

  #removeStream(stream: StreamEntry): void {
    const topics = this.#topicsOf(stream.id);
    for (const { id } of stream.topics) this.#removeTopic(topics, id);
    this.#topics.delete(stream.id);
  }

  #topicsOf(streamId: number): Map<number, Topic> {
    let topics = this.#topics.get(streamId);
    if (topics === undefined) {
      topics = new Map();
      this.#topics.set(streamId, topics);
    }
    return topics;
  }

  /** Files of what is gone are removed in the background; what fails is removed at the next start. */
  #track(removal: Promise<void>): void {
    const tracked = removal
      .catch((error: unknown) => {
        this.logger("warn", "removing files failed; the next start tries again", { cause: String(error) });
      })
      .finally(() => this.#removals.delete(tracked));
    this.#removals.add(tracked);
  }
}
