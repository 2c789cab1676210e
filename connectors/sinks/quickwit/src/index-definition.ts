import { FatalError } from "@iggy-connectors/sdk";
import { isMap, LineCounter, parseDocument } from "yaml";

/** Quickwit's own rule for index names. */
const INDEX_ID = /^[a-zA-Z][a-zA-Z0-9_.-]{2,254}$/;
/** Quickwit's default. */
const DEFAULT_COMMIT_TIMEOUT = 60;
const PLACE = "index";

export interface IndexDefinition {
  readonly id: string;
  /** As configured; Quickwit reads it itself. */
  readonly yaml: string;
  /** Seconds until ingested documents are searchable. */
  readonly commitTimeout: number;
}

/** @throws FatalError that names the line, when the text is not YAML or names no index. */
export function parseIndexDefinition(yaml: string): IndexDefinition {
  const lineCounter = new LineCounter();
  const document = parseDocument(yaml, { lineCounter, prettyErrors: false });
  const [error] = document.errors;
  if (error !== undefined) {
    const { line, col } = lineCounter.linePos(error.pos[0]);
    throw invalid(`is not valid YAML in line ${line}, column ${col}: ${error.message}`, `${PLACE}, line ${line}`);
  }
  if (!isMap(document.contents)) throw invalid("is not a YAML mapping", `${PLACE}, line 1`);
  const id = document.get("index_id");
  if (id === undefined || id === null) throw invalid("has no index_id", PLACE);
  if (typeof id !== "string" || !INDEX_ID.test(id)) {
    const node = document.get("index_id", true) as { range?: [number, number, number] } | undefined;
    const { line } = lineCounter.linePos(node?.range?.[0] ?? 0);
    throw invalid(
      `has an invalid index_id in line ${line}: it must be a letter followed by 2 … 254 letters, digits, "-", "_" or "."`,
      `${PLACE}, line ${line}`,
    );
  }
  const commitTimeout = document.getIn(["indexing_settings", "commit_timeout_secs"]);
  return { id, yaml, commitTimeout: typeof commitTimeout === "number" ? commitTimeout : DEFAULT_COMMIT_TIMEOUT };
}

function invalid(what: string, place: string): FatalError {
  return new FatalError(`the index configuration ${what}`, {
    code: "IGC_SINK_QUICKWIT_INDEX",
    place,
    fix: "correct the YAML in plugin_config.index, see https://quickwit.io/docs/configuration/index-config",
  });
}
