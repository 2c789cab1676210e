import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { basename } from "node:path";
import { after, describe, test } from "node:test";
import { isRetryable } from "@iggy-connectors/sdk";
import {
  type SearchEngine,
  type SearchEngineKind,
  searchEngineMissing,
  startSearchEngine,
} from "@iggy-connectors/test-support";
import { batchOf, sinkConformance } from "@iggy-connectors/testing";
import { createSink, SIGNAL } from "./setup.ts";

/** Run against real servers, comparing contents: what the original's integration tests count, and what it gets wrong. */

const SAMPLE = {
  id: 1,
  name: "n\u00e4me",
  count: 2,
  amount: 0.1,
  active: true,
  nested: { list: [1, 2], deep: [{ a: "\n" }] },
};

const newIndex = () => `iggy-test-${randomUUID()}`;

class Backend {
  readonly url: string;

  constructor(url: string) {
    this.url = url;
  }

  async call<Body>(method: string, path: string, body?: unknown): Promise<Body> {
    const init =
      body === undefined ? {} : { body: JSON.stringify(body), headers: { "content-type": "application/json" } };
    const reply = await fetch(`${this.url}${path}`, { method, ...init, signal: AbortSignal.timeout(60_000) });
    if (!reply.ok) throw new Error(`${method} ${path}: ${reply.status} ${await reply.text()}`);
    return (await reply.json()) as Body;
  }

  /** All documents of an index, by offset. */
  async documents(index: string): Promise<{ _id: string; _source: Record<string, unknown> }[]> {
    await this.call("POST", `/${index}/_refresh`);
    type Hit = { _id: string; _source: Record<string, unknown> };
    const search = { size: 10_000, sort: [{ _iggy_offset: { order: "asc", unmapped_type: "long" } }] };
    const { hits } = await this.call<{ hits: { hits: Hit[] } }>("POST", `/${index}/_search`, search);
    return hits.hits;
  }
}

for (const kind of ["elasticsearch", "opensearch"] as const satisfies readonly SearchEngineKind[]) {
  const missing = searchEngineMissing(kind);
  if (missing !== undefined) {
    test(`${kind} itself`, { skip: missing }, () => undefined);
    continue;
  }
  let started: Promise<SearchEngine> | undefined;
  const engine = (): Promise<SearchEngine> => {
    started ??= startSearchEngine(kind);
    return started;
  };

  describe(`${kind} itself`, () => {
    after(async () => {
      const running = await started?.catch(() => undefined);
      await running?.[Symbol.asyncDispose]();
    });

    test("documents are there as they were sent, once, however often they come", async (t) => {
      const backend = new Backend((await engine()).url);
      const index = newIndex();
      const index_mapping = { mappings: { properties: { _iggy_timestamp: { type: "date" } } } };
      const { consume } = await createSink(t, {
        url: backend.url,
        index,
        index_mapping,
        batch_size: 40,
        compression: "gzip",
      });
      const payloads = Array.from({ length: 300 }, (_, id) => JSON.stringify({ ...SAMPLE, id }, undefined, id % 2));
      for (let round = 0; round < 2; round++) assert.deepEqual((await consume(batchOf(payloads))).rejected, []);
      const documents = await backend.documents(index);
      assert.equal(documents.length, 300);
      for (const [id, { _id, _source }] of documents.entries()) {
        assert.equal(_id, `orders:created:0:${id}`);
        assert.deepEqual(_source, {
          ...SAMPLE,
          id,
          _iggy_offset: id,
          _iggy_stream: "orders",
          _iggy_topic: "created",
          _iggy_partition: 0,
          _iggy_timestamp: 1_700_000_000_000,
        });
      }
      const mapping = await backend.call("GET", `/${index}/_mapping`);
      assert.match(JSON.stringify(mapping), /"_iggy_timestamp":\{"type":"date"\}/);
    });

    test("what the mapping refuses is rejected with the reason, the others are there", async (t) => {
      const backend = new Backend((await engine()).url);
      const index = newIndex();
      const index_mapping = { mappings: { dynamic: "strict", properties: { n: { type: "long" } } } };
      const { consume } = await createSink(t, { url: backend.url, index, index_mapping, include_metadata: false });
      const { rejected = [] } = await consume(
        batchOf(['{"n":1}', '{"n":"no"}', '{"m":1}', '{"n":{}}', '{"n":5}', '{"n":1,"n":2}']),
      );
      assert.deepEqual(
        rejected.map(({ offset }) => offset),
        [1n, 2n, 3n, 5n],
      );
      for (const { error } of rejected) {
        assert.match(String(error), /parsing_exception|strict_dynamic_mapping/);
        assert.doesNotMatch(String(error), /Source:|HTTP\/1\.1/);
      }
      assert.equal((await backend.documents(index)).length, 2);
    });

    test("create finds what is there; versions keep the newest; routing and ids of the payload hold", async (t) => {
      const backend = new Backend((await engine()).url);
      const index = newIndex();
      const shared = { url: backend.url, index, refresh: "true" };
      const create = await createSink(t, { ...shared, op_type: "create" });
      for (let round = 0; round < 2; round++)
        assert.deepEqual((await create.consume(batchOf(['{"n":1}']))).rejected, []);
      const versioned = await createSink(t, {
        ...shared,
        version: "offset",
        document_id: "{payload.k}",
        routing: "{payload.k}",
      });
      await versioned.consume(batchOf(['{"k":"a","n":2}'], { firstOffset: 9n }));
      assert.deepEqual((await versioned.consume(batchOf(['{"k":"a","n":1}'], { firstOffset: 8n }))).rejected, []);
      const found = await backend.call<{ _version: number; _routing: string; _source: { n: number } }>(
        "GET",
        `/${index}/_doc/a?routing=a`,
      );
      assert.deepEqual([found._version, found._routing, found._source.n], [9, "a", 2]);
      assert.equal((await backend.documents(index)).length, 2);
    });

    test("raw bytes and texts, headers, an index per message, a pipeline that is missing", async (t) => {
      const backend = new Backend((await engine()).url);
      const index = newIndex();
      const { consume } = await createSink(t, {
        url: backend.url,
        index: `${index}-{header.Tenant}`,
        include_headers: true,
      });
      const headers = new Map([["Tenant", { kind: "string", value: "ACME" }]] as const);
      await consume(batchOf([Buffer.from([0, 1, 255])], { schema: "raw", headers }));
      await consume(batchOf(["a\nb"], { schema: "text", headers, firstOffset: 1n }));
      const [raw, text] = await backend.documents(`${index}-acme`);
      assert.deepEqual(
        [raw?._source.data, raw?._source.data_type, raw?._source._iggy_headers],
        ["AAH/", "raw", { Tenant: "ACME" }],
      );
      assert.deepEqual([text?._source.text, text?._source.data_type], ["a\nb", "text"]);
      const piped = await createSink(t, { url: backend.url, index, pipeline: `p-${index}`, max_retries: 0 });
      const blamesNobody = (error: unknown) =>
        isRetryable(error) && /pipeline with id \[.*\] does not exist/.test(error.message);
      await assert.rejects(piped.consume(batchOf(["{}", "{}"])), blamesNobody);
      await backend.call("PUT", `/_ingest/pipeline/p-${index}`, { processors: [] });
      assert.deepEqual((await piped.consume(batchOf(["{}", "{}"]))).rejected, []);
    });

    test("the limit of shards, an alias without a write index and a blocked index blame no document", async (t) => {
      const backend = new Backend((await engine()).url);
      const shared = { url: backend.url, include_metadata: false, max_retries: 0 };
      const limit = (shards: number | null) =>
        backend.call("PUT", "/_cluster/settings", { transient: { "cluster.max_shards_per_node": shards } });
      const limited = newIndex();
      const { consume } = await createSink(t, { ...shared, index: `${limited}-{payload.n}` });
      await backend.call("PUT", `/${newIndex()}`);
      await limit(1);
      try {
        await assert.rejects(
          consume(batchOf(['{"n":1}', '{"n":2}'])),
          (error) => isRetryable(error) && /would add/.test(error.message),
        );
      } finally {
        await limit(null);
      }
      assert.deepEqual((await consume(batchOf(['{"n":1}', '{"n":2}']))).rejected, []);

      const alias = newIndex();
      for (const part of ["a", "b"]) await backend.call("PUT", `/${alias}-${part}`, { aliases: { [alias]: {} } });
      const aliased = await createSink(t, { ...shared, index: alias });
      await assert.rejects(
        aliased.consume(batchOf(['{"n":1}', '{"n":2}'])),
        (error) => isRetryable(error) && /no write index/.test(error.message),
      );
      const actions = [{ add: { index: `${alias}-b`, alias, is_write_index: true } }];
      await backend.call("POST", "/_aliases", { actions });
      assert.deepEqual((await aliased.consume(batchOf(['{"n":1}', '{"n":2}']))).rejected, []);

      await backend.call("PUT", `/${alias}-b/_settings`, { "index.blocks.write": true });
      await assert.rejects(aliased.consume(batchOf(['{"n":3}'], { firstOffset: 2n })), isRetryable);
      await backend.call("PUT", `/${alias}-b/_settings`, { "index.blocks.write": null });
      await backend.call("POST", `/${alias}-b/_close`);
      await assert.rejects(aliased.consume(batchOf(['{"n":3}'], { firstOffset: 2n })), isRetryable);
      await backend.call("POST", `/${alias}-b/_open?wait_for_active_shards=1`);
      assert.deepEqual((await aliased.consume(batchOf(['{"n":3}'], { firstOffset: 2n }))).rejected, []);
    });

    test("a field beyond the limit of the mapping is its document's, while others are indexed", async (t) => {
      const backend = new Backend((await engine()).url);
      const index_mapping = { settings: { "index.mapping.total_fields.limit": 2 } };
      const settings = { url: backend.url, index: newIndex(), index_mapping, include_metadata: false, max_retries: 0 };
      const { consume } = await createSink(t, settings);
      const { rejected = [] } = await consume(batchOf(['{"a":1}', '{"b":1,"c":2,"d":3}', '{"a":2}']));
      assert.deepEqual(
        rejected.map(({ offset }) => offset),
        [1n],
      );
      assert.match(String(rejected[0]?.error), /Limit of total fields/);
    });

    test("check, and a name that the server refuses", async (t) => {
      const { url } = await engine();
      const { sink, context } = await createSink(t, { url, index: newIndex() }, false);
      const { findings = [] } = (await sink.check?.({ signal: SIGNAL })) ?? {};
      assert.match(
        findings.map(({ message }) => message).join(),
        /^index iggy-test-\S+ does not exist in (Elasticsearch|OpenSearch) \d/,
      );
      assert.match(context.lines.join(), /connected to (Elasticsearch|OpenSearch) \d+\.\d+\.\d+/);
      await assert.rejects(createSink(t, { url, index: "Upper Case" }), /invalid_index_name_exception/);
    });

    test("a data stream", async (t) => {
      const backend = new Backend((await engine()).url);
      // Elasticsearch's data streams are not in the jars of its free core.
      const probe = await fetch(`${backend.url}/_data_stream`);
      await probe.arrayBuffer();
      if (!probe.ok) return t.skip("this server has no data streams");
      const index = newIndex();
      const { consume } = await createSink(t, { url: backend.url, index, data_stream: true });
      const payloads = ['{"n":1}', '{"@timestamp":"2024-01-01T00:00:00Z"}'];
      for (let round = 0; round < 2; round++) assert.deepEqual((await consume(batchOf(payloads))).rejected, []);
      const documents = await backend.documents(index);
      assert.deepEqual(
        documents.map(({ _source }) => _source["@timestamp"]),
        [1_700_000_000_000, "2024-01-01T00:00:00Z"],
      );
      const plain = await createSink(t, { url: backend.url, index });
      await assert.rejects(plain.consume(batchOf(["{}"])), /op_type of create|data_stream = true/);
    });

    let url = "";
    sinkConformance({
      name: `the Elasticsearch sink with ${kind} itself`,
      delivery: "exactly-once",
      steps: ["sink.after_poll", "sink.after_consume", "sink.before_store", "sink.after_store"],
      destination: async () => {
        url = (await engine()).url;
        return { [Symbol.asyncDispose]: async () => undefined };
      },
      connector: (folder) => ({
        path: "elasticsearch",
        schema: "text",
        plugin_config: `url = "${url}"\nindex = "${indexOf(folder)}"\nbatch_size = 30`,
      }),
      read: async (folder) => {
        const documents = await new Backend(url).documents(indexOf(folder));
        return documents.map(({ _source }) => String(_source.text));
      },
    });
  });
}

function indexOf(folder: string): string {
  return basename(folder).toLowerCase();
}
