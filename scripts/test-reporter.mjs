// The spec reporter, followed by every skipped test with its reason: a skip is said and counted.
import { Transform } from "node:stream";
import { spec as Spec } from "node:test/reporters";

const skipped = [];

const collect = new Transform({
  objectMode: true,
  transform(event, _encoding, done) {
    if (event.type === "test:pass" && event.data.skip !== undefined && event.data.skip !== false) {
      skipped.push({ name: event.data.name, file: event.data.file, reason: event.data.skip });
    }
    done(null, event);
  },
});

const finish = new Transform({
  transform(chunk, _encoding, done) {
    done(null, chunk);
  },
  flush(done) {
    if (skipped.length > 0) {
      this.push(`\nSkipped (${skipped.length}):\n`);
      for (const { name, reason } of skipped) this.push(`  ${name}: ${reason === true ? "NO REASON GIVEN" : reason}\n`);
    }
    done();
  },
});

export default async function* reporter(source) {
  const output = collect.pipe(new Spec()).pipe(finish);
  (async () => {
    for await (const event of source) collect.write(event);
    collect.end();
  })();
  yield* output;
}
