import { randomUUID } from "node:crypto";
import type { TestContext } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { QuickwitServer } from "./quickwit-server.ts";

export interface Backend {
  readonly url: string;
  /** A unique index id; the index is deleted after the test. */
  newIndexId(): string;
  create(yaml: string): Promise<void>;
  /** Everything searchable in an index, once there are `count` documents or more. */
  documents(indexId: string, count: number): Promise<unknown[]>;
}

/** A real Quickwit where QUICKWIT_URL names one, otherwise our own server of its protocol. */
export async function backend(t: TestContext): Promise<Backend> {
  let url = process.env.QUICKWIT_URL?.replace(/\/$/, "");
  if (url === undefined || url === "") {
    const server = new QuickwitServer();
    url = await server.start();
    t.after(() => server.stop());
  }
  const base = `${url}/api/v1`;
  return {
    url,
    newIndexId: () => {
      const id = `iggy-test-${randomUUID()}`;
      t.after(() => fetch(`${base}/indexes/${id}`, { method: "DELETE" }).catch(() => undefined));
      return id;
    },
    create: async (yaml) => {
      const headers = { "content-type": "application/yaml" };
      const reply = await fetch(`${base}/indexes`, { method: "POST", headers, body: yaml });
      if (!reply.ok) throw new Error(`cannot create the index: ${await reply.text()}`);
    },
    documents: async (indexId, count) => {
      for (let attempt = 0; ; attempt++) {
        const reply = await fetch(`${base}/${indexId}/search?query=*&max_hits=10000`);
        const { hits } = (await reply.json()) as { hits: unknown[] };
        if (hits.length >= count) return hits;
        if (attempt > 600) throw new Error(`${hits.length} of ${count} documents in ${indexId}`);
        await sleep(50);
      }
    },
  };
}
