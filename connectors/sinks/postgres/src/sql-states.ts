/**
 * Who is to blame for what the database answers.
 *
 * | blame           | what happens                                                                                       |
 * | --------------- | -------------------------------------------------------------------------------------------------- |
 * | `message`       | the row is found by halves, and rejected alone                                                     |
 * | `batch`         | as `message`: halves of the batch may pass, and a row that does not pass alone is rejected         |
 * | `unclassified`  | found by halves: the row's where its neighbours are taken, else retried                            |
 * | `configuration` | the catalog is read again; found by halves: the row's where its neighbours are taken, else an error |
 * | `credentials`   | read again, then retried; without a file to read from, an error                                    |
 * | `session`       | retried with another connection                                                                    |
 * | `node`          | retried with another connection, which may lead to another host                                    |
 * | `target`        | retried                                                                                            |
 */
export type Blame =
  | "message"
  | "batch"
  | "unclassified"
  | "configuration"
  | "credentials"
  | "session"
  | "node"
  | "target";

/**
 * The classes of SQLSTATEs, and the codes that differ from their class: appendix A of the PostgreSQL manual. What is not listed (codes
 * of extensions, and those that functions raise) is `unclassified`.
 */
export const SQL_STATES: Readonly<Record<string, Blame>> = {
  // Warnings, no data, and conditions of routines: they are errors only when a function raises them.
  "00": "unclassified",
  "01": "unclassified",
  "02": "unclassified",
  "03": "unclassified",
  "08": "session",
  "09": "unclassified",
  "0A": "configuration",
  "0B": "unclassified",
  "0F": "unclassified",
  "0L": "configuration",
  "0P": "configuration",
  "0Z": "unclassified",
  "10": "message",
  "20": "unclassified",
  "21": "unclassified",
  "22": "message",
  "23": "message",
  "24": "session",
  "25": "session",
  // A server that became a replica, or is to be read only.
  "25006": "node",
  "26": "session",
  "27": "unclassified",
  "28": "credentials",
  "2B": "configuration",
  "2D": "unclassified",
  "2F": "unclassified",
  "34": "session",
  "38": "unclassified",
  "39": "unclassified",
  "3B": "session",
  "3D": "configuration",
  "3F": "configuration",
  "40": "target",
  // A deferred constraint that is found at the commit.
  "40002": "unclassified",
  "42": "configuration",
  "44": "message",
  "53": "target",
  // A limit that this row exceeds, such as the size of an entry of an index, or all rows of a statement together.
  "54": "batch",
  // A view that cannot be written to, among others.
  "55": "configuration",
  "55006": "target",
  "55P03": "target",
  "57": "node",
  // The timeout of a statement, or an administrator.
  "57014": "target",
  "58": "target",
  "72": "target",
  F0: "target",
  HV: "unclassified",
  HV00N: "target",
  P0: "unclassified",
  // What RAISE EXCEPTION raises: a trigger refuses the row.
  P0001: "message",
  // Extensions that check values, such as PostGIS, raise it as well as the server when it meets a bug.
  XX: "unclassified",
  XX001: "node",
  XX002: "node",
};

/** The blame that the table states for a code; the code's own before its class's. */
export function blameOfState(state: string): Blame {
  return SQL_STATES[state] ?? SQL_STATES[state.slice(0, 2)] ?? "unclassified";
}
