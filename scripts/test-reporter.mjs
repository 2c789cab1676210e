// The spec reporter, followed by every skipped test with its reason (a skip is said and counted) and by the coverage in one line
// where it was measured, with the files that have the most lines to cover.
import { relative } from "node:path";
import { Transform } from "node:stream";
import { spec as Spec } from "node:test/reporters";

/** Files that the coverage line is followed by. */
const LEAST_COVERED = 5;

const skipped = [];
let coverage;

const collect = new Transform({
  objectMode: true,
  transform(event, _encoding, done) {
    if (event.type === "test:pass" && event.data.skip !== undefined && event.data.skip !== false) {
      skipped.push({ name: event.data.name, file: event.data.file, reason: event.data.skip });
    }
    if (event.type === "test:coverage") {
      coverage = event.data.summary;
      done();
    } else done(null, event);
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
    if (coverage !== undefined) this.push(coverageLines(coverage));
    done();
  },
});

function coverageLines({ totals, files, workingDirectory }) {
  const percent = (value) => `${value.toFixed(2)} %`;
  const head = `\nCoverage: lines ${percent(totals.coveredLinePercent)}, branches ${percent(totals.coveredBranchPercent)}, functions ${percent(totals.coveredFunctionPercent)}\n`;
  const uncovered = (file) => file.totalLineCount - file.coveredLineCount;
  const least = [...files].sort((left, right) => uncovered(right) - uncovered(left)).slice(0, LEAST_COVERED);
  const lines = least.map(
    (file) => `  ${relative(workingDirectory, file.path)}: ${uncovered(file)} of ${file.totalLineCount} lines\n`,
  );
  return `${head}Most lines without a test:\n${lines.join("")}`;
}

export default async function* reporter(source) {
  const output = collect.pipe(new Spec()).pipe(finish);
  (async () => {
    for await (const event of source) collect.write(event);
    collect.end();
  })();
  yield* output;
}
