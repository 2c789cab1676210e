import assert from "node:assert/strict";
import { test } from "node:test";
import { parseConfig } from "@iggy-connectors/sdk";
import { httpSink } from "@iggy-connectors/sink-http";
import { httpSource } from "@iggy-connectors/source-http";
import { batchOf, freePort, openContext, recordingContext, SourceDriver } from "@iggy-connectors/testing";

for (const algorithm of ["sha256", "sha1", "sha512"]) {
  for (const encoding of ["hex", "base64"]) {
    for (const compression of ["none", "gzip"]) {
      test(`what the HTTP sink signs (${algorithm}, ${encoding}, ${compression}) the HTTP source lets in`, async (t) => {
        const listen = `127.0.0.1:${await freePort()}`;
        const stop = new AbortController();
        const source = httpSource.create(
          await parseConfig(httpSource.config, {
            listen_addr: listen,
            endpoints: [
              {
                path: "/in",
                auth_type: `hmac-${algorithm}`,
                auth_secret: "shared",
                hmac_header: "X-Signature-256",
                hmac_prefix: `${algorithm}=`,
                hmac_timestamp_header: "X-Timestamp",
              },
            ],
          }),
          recordingContext("/"),
        );
        await source.open?.(openContext());
        const driver = new SourceDriver(source, undefined, { signal: stop.signal });
        const running = (async () => {
          while (!stop.signal.aborted) await driver.step();
        })();
        const sink = httpSink.create(
          await parseConfig(httpSink.config, {
            url: `http://${listen}/in`,
            compression,
            max_retries: 0,
            auth: { type: "hmac", secret: "shared", algorithm, encoding, prefix: `${algorithm}=` },
          }),
          recordingContext("/"),
        );
        t.after(async () => {
          stop.abort();
          await running;
          await sink.close?.();
          await source.close?.();
        });
        await sink.open?.(openContext());
        const payload = `{"n":"${"x".repeat(2000)}"}`;
        await sink.consume(batchOf([payload]), { signal: stop.signal, attempt: 1 });
        assert.equal(driver.messages.length, 1);
        assert.match(driver.texts()[0] ?? "", /x{2000}/);
      });
    }
  }
}
