/** The error codes of this package: what each means, what usually causes it, what to do. */
export const ERROR_CODES = {
  IGC_SINK_QUICKWIT_DOCUMENT: {
    meaning: "Quickwit refuses a document.",
    cause: "It does not fit the doc_mapping of the index.",
    fix: "Make the document fit, with a transform or a new index, then replay the dead letter.",
  },
  IGC_SINK_QUICKWIT_DOCUMENT_UNKNOWN: {
    meaning: "Quickwit refused some documents of a request without saying which.",
    cause: "Older versions of Quickwit give only their number.",
    fix: "Look for the document in the index before you replay it. Newer versions name the documents.",
  },
  IGC_SINK_QUICKWIT_INDEX: {
    meaning: "The configuration of the index is not valid.",
    cause: "plugin_config.index is not YAML, or lacks what Quickwit needs.",
    fix: "Correct it; see Quickwit's page on index configuration.",
  },
  IGC_SINK_QUICKWIT_INDEX_GONE: {
    meaning: "Quickwit does not know the index.",
    cause: "It was deleted while the connector ran.",
    fix: "Nothing, if it passes: a missing index is created again.",
  },
  IGC_SINK_QUICKWIT_NOT_JSON: {
    meaning: "A payload is not a JSON object.",
    cause: "Quickwit holds JSON documents.",
    fix: "Send objects, or wrap the payload with a transform.",
  },
  IGC_SINK_QUICKWIT_REPLY: {
    meaning: "The answer to an ingest request cannot be used.",
    cause: "The URL is not that of Quickwit's REST API, or a proxy changes the answer.",
    fix: "Check url. The request is sent again.",
  },
  IGC_SINK_QUICKWIT_TOO_LARGE: {
    meaning: "A document is larger than Quickwit takes.",
    cause: "It exceeds ingest_api.content_length_limit.",
    fix: "Raise that limit, or make the document smaller.",
  },
  IGC_SINK_QUICKWIT_UNCLEAR: {
    meaning: "Quickwit refuses a request for a reason that may be a document's or its own.",
    cause: "For example status 400 without the documents that it is about.",
    fix: "Read the reason. A document that fails while others are taken is in the dead letters; while none is taken all are sent again.",
  },
} as const;
