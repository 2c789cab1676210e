import type { ApiConnector, ApiConnectorState } from "@iggy-connectors/runtime/api-types";
import { ago } from "./ago.ts";
import { coloured } from "./printer.ts";
import { table } from "./table.ts";

/** The answers of `/sources` and `/sinks`. */
export interface ListedConnectors {
  readonly sources: readonly ApiConnector[];
  readonly sinks: readonly ApiConnector[];
}

/** The states in which an operator may have to act, first; the others follow in the order of their names. */
const BY_URGENCY: readonly ApiConnectorState[] = ["failed", "blocked", "retrying", "starting", "stopping", "standby"];

/** A line for each connector, the bad news first: what fails, then what lost messages to the dead-letter topic, then what is behind. */
export function connectorsView({ sources, sinks }: ListedConnectors): string {
  const rows = [
    ...sources.map((info) => ({ name: `source/${info.key}`, info })),
    ...sinks.map((info) => ({ name: `sink/${info.key}`, info })),
  ];
  if (rows.length === 0) return "This runtime has no connectors.";
  rows.sort((a, b) => urgency(a.info) - urgency(b.info) || b.info.lag - a.info.lag || (a.name < b.name ? -1 : 1));
  const lines = rows.map(({ name, info }) => [
    name,
    coloured(info.state),
    ago(info.since),
    info.lag,
    info.rate ?? undefined,
    info.dead_lettered,
    newsOf(info).join("; "),
  ]);
  return table(["CONNECTOR", "STATE", "SINCE", "LAG", "MSG/S", "DEAD LETTERS", ""], lines);
}

function urgency(info: ApiConnector): number {
  const state = BY_URGENCY.indexOf(info.state);
  if (state !== -1) return state;
  if (info.rejected !== undefined) return BY_URGENCY.length;
  return info.dead_lettered > 0 ? BY_URGENCY.length + 1 : BY_URGENCY.length + 2;
}

/** What is wrong with a connector, in words. */
function newsOf(info: ApiConnector): string[] {
  const { last_error, rejected, state, lag, tasks } = info;
  const news: string[] = [];
  if (last_error !== undefined) news.push(`${last_error.code}: ${last_error.message}`);
  if (rejected !== undefined) {
    news.push(`${rejectedText(info)}: ${rejected.error.code}: ${rejected.error.message}`);
  }
  if ((state === "paused" || state === "stopped") && lag > 0) news.push(`messages wait: it is ${state}`);
  for (const { quarantine } of tasks) {
    if (quarantine !== undefined) news.push(`${quarantine.state} until ${quarantine.until}: ${quarantine.message}`);
  }
  return news;
}

/** What should run and does not. */
export function rejectedText({ rejected, version }: Pick<ApiConnector, "rejected" | "version">): string {
  if (rejected?.version === version) return "its changed plugin, script or schema cannot be used, the one before runs";
  const which = typeof rejected?.version === "number" ? `version ${rejected.version}` : "the version on disk";
  return `${which} cannot run, the one before does`;
}
