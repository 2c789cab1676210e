/** The error codes of this package: what each means, what usually causes it, what to do. */
export const ERROR_CODES = {
  IGC_SINK_POSTGRES_BUSY: {
    meaning: "The database cannot take the batch now.",
    cause: "It starts, stops, is in recovery, lacks connections or memory, or a lock was not granted.",
    fix: "Nothing, if it passes: the batch is written again. Else look at the server's log.",
  },
  IGC_SINK_POSTGRES_CHANGE: {
    meaning: "A change event cannot be applied.",
    cause:
      "It lacks the row before or after the change, has an unknown op, or empties the table; or it is a dead letter that would delete rows of newer messages.",
    fix: "Let the origin send the row (REPLICA IDENTITY in PostgreSQL), or set truncates. Delete by hand what a dead letter may not.",
  },
  IGC_SINK_POSTGRES_CONNECTION: {
    meaning: "The database cannot be reached.",
    cause: "The server is down, or host, port or network are wrong.",
    fix: "Check connection_string and the server. The connection is tried again.",
  },
  IGC_SINK_POSTGRES_FENCED: {
    meaning: "Another run of this connector has taken over the partition.",
    cause: "It moved to another runtime, or two connectors use the same database and key.",
    fix: "Nothing, where the partition moved. Else give each connector that writes to this database a key of its own.",
  },
  IGC_SINK_POSTGRES_LOGIN: {
    meaning: "The database refuses the login.",
    cause: "User, password or database are wrong, or pg_hba.conf does not allow the connection.",
    fix: "Correct connection_string, or the server's pg_hba.conf.",
  },
  IGC_SINK_POSTGRES_MOVED: {
    meaning: "The offset in the database is not the one that the sink read or wrote last.",
    cause:
      "The database was restored from a backup or failed over to a replica that was behind, or somebody changed the row.",
    fix: "Nothing: the messages behind the offset in the database are delivered again.",
  },
  IGC_SINK_POSTGRES_ORDER: {
    meaning: "Two batches of a partition came at once.",
    cause: 'max_in_flight is larger than 1, and with offsets = "table" the sink writes one batch after the other.',
    fix: "Set max_in_flight = 1.",
  },
  IGC_SINK_POSTGRES_PAYLOAD: {
    meaning: "A payload does not fit the layout.",
    cause: "It is not a JSON object, or has a type that the column cannot hold.",
    fix: 'Set layout = "payload", or change the payload with a transform.',
  },
  IGC_SINK_POSTGRES_PRIVILEGE: {
    meaning: "The user may not do what the sink needs.",
    cause: "It lacks the right to write to, or create, a table.",
    fix: "Grant the privilege that the message names.",
  },
  IGC_SINK_POSTGRES_REJECTED: {
    meaning: "The database refuses a message.",
    cause: "It violates a constraint, or a value does not fit its column.",
    fix: "The message gives the server's reason. Correct the data, then replay the dead letter.",
  },
  IGC_SINK_POSTGRES_SCHEMA: {
    meaning: "The table is not what the sink needs.",
    cause: "It does not exist, or a column is missing or has another type.",
    fix: "Create or change the table, or set the columns in the configuration.",
  },
  IGC_SINK_POSTGRES_TLS: {
    meaning: "A secure connection cannot be made.",
    cause: "The server does not offer TLS, or its certificate is not trusted.",
    fix: "Correct the keys of tls, or the server's certificate.",
  },
  IGC_SINK_POSTGRES_TLS_FILE: {
    meaning: "A certificate or key file cannot be used.",
    cause: "The path is wrong, only one of certificate and key is set, or the file is not PEM.",
    fix: "Correct the keys of tls that the message names.",
  },
  IGC_SINK_POSTGRES_UNCLASSIFIED: {
    meaning: "The database refuses a batch, and it cannot be told whether rows or the table are to blame.",
    cause:
      "A trigger or function raises an error of its own, a partition is missing, or a column without a default was added.",
    fix: "Read the message. A row that is refused while others are taken is in the dead letters; otherwise repair the table.",
  },
  IGC_SINK_POSTGRES_UNKNOWN_FIELD: {
    meaning: "A message has a field without a column.",
    cause: 'unknown_fields is "reject", none of its fields has a column, or two of them have the same one.',
    fix: 'Add the column, set unknown_fields = "ignore", or name the field in columns[].path.',
  },
  IGC_SINK_POSTGRES_VALUE: {
    meaning: "A value is missing or does not fit its column.",
    cause: "The message lacks a required field, or its value has another type or is out of range.",
    fix: "Send it, cast it with a transform, or set required = false.",
  },
} as const;
