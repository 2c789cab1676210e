/** The error codes of this package: what each means, what usually causes it, what to do. */
export const ERROR_CODES = {
  IGC_CONFIG_BYTE_SIZE: {
    meaning: "A value is not a size in bytes.",
    cause: "The text has no number, or a unit that is not known.",
    fix: "Write a number with a unit, such as 16MiB or 1 GB; a number alone counts bytes.",
  },
  IGC_CONFIG_DURATION: {
    meaning: "A value is not a duration.",
    cause: "The text has no number, or a unit that is not known.",
    fix: "Write numbers with units, such as 500ms or 1h 30m.",
  },
  IGC_CONFIG_INVALID: {
    meaning: "A configuration does not fit its schema.",
    cause: "A key is missing, has the wrong type, or a value out of range.",
    fix: "Correct the keys that the message names; docs/reference/configuration.md lists them with their types.",
  },
  IGC_DECODE_JSON: {
    meaning: "A payload is not JSON, although its stream has the schema json.",
    cause: "The producer sends another format, truncated text or a byte order mark.",
    fix: "Send strict JSON in UTF-8, or set the schema of the stream to what the payloads are.",
  },
  IGC_PLUGIN_BUG: {
    meaning: "A plugin threw an error that has no code.",
    cause: "An exception that the plugin did not expect, such as a TypeError, came out of one of its calls.",
    fix: "Correct the plugin: throw RetryableError, RejectedError or FatalError for what can happen. The message names file and line. Messages that fail alone are in the dead letters; where nothing is delivered the call is retried.",
  },
  IGC_PLUGIN_ERROR: {
    meaning: "A plugin threw a ConnectorError without a code of its own.",
    cause: "The plugin used the base class, which does not say whether a retry can help.",
    fix: "Throw RetryableError, RejectedError or FatalError instead, with a code.",
  },
  IGC_PLUGIN_FATAL: {
    meaning: "A plugin says that its configuration can never work.",
    cause: "The plugin threw a FatalError without a code of its own.",
    fix: "Read the message; correct the configuration, then restart the connector.",
  },
  IGC_SINK_LINE_BREAK: {
    meaning: "A payload that is written as a line contains a line break.",
    cause: "A text or raw stream is written in a format of lines, and a payload spans several of them.",
    fix: "Use the schema json, where line breaks are re-encoded, or a format that does not separate messages by lines.",
  },
  IGC_SINK_OFFSET_MOVED: {
    meaning: "The offset that a target has recorded is not the one that the sink wrote last.",
    cause:
      "The target was restored from a backup or failed over to a replica that was behind, or somebody changed the record.",
    fix: "None: the messages after the recorded offset are delivered again. If it comes again and again, another connector with the same key writes to the same target.",
  },
  IGC_SINK_REJECTED: {
    meaning: "A plugin says that a message can never be accepted.",
    cause: "The plugin threw a RejectedError without a code of its own.",
    fix: "Read the message; correct the data at its origin or with a transform, then replay the dead letter.",
  },
  IGC_SINK_RETRYABLE: {
    meaning: "A plugin says that a call may work later.",
    cause: "The plugin threw a RetryableError without a code of its own; the other side is usually down or busy.",
    fix: "Nothing, if it passes: the call is repeated with back-off. Else read the message and look at the other side.",
  },
  IGC_SINK_UNCLASSIFIED: {
    meaning: "A plugin cannot tell whether its messages or its destination are to blame for a failure.",
    cause: "The destination gave a reason that can mean either, such as an error raised by a database trigger.",
    fix: "Read the message. A message that fails alone is in the dead letters; while nothing is delivered the destination has to be repaired.",
  },
  IGC_SOURCE_ENCODE: {
    meaning: "A value cannot be written in the schema of its stream.",
    cause: "The value has a type, a size or a field that the schema cannot express.",
    fix: "Change the value with a transform, or the schema of the stream. The message says which field.",
  },
  IGC_TRANSFORM_PATH: {
    meaning: "A path cannot be followed in a message.",
    cause: "A part of the path is a number, text or array where an object is needed.",
    fix: "Correct the path, or put the step under a condition with when.",
  },
} as const;
