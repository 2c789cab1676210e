/** The error codes of this package: what each means, what usually causes it, what to do. */
export const ERROR_CODES = {
  IGC_SINK_ELASTICSEARCH_ADDRESS: {
    meaning: "A message cannot be addressed.",
    cause: "Its value for index, id, routing or pipeline is missing, or cannot stand there.",
    fix: "Send messages that have it, or set it with a transform.",
  },
  IGC_SINK_ELASTICSEARCH_BUSY: {
    meaning: "The cluster cannot take a document now.",
    cause:
      "It is overloaded, a shard is not available, a disk watermark or the limit of shards is reached, the index is closed, or an alias has no write index.",
    fix: "Nothing, if it passes: the document is sent again until it is taken. Else repair the cluster or the index.",
  },
  IGC_SINK_ELASTICSEARCH_CREATE: {
    meaning: "An index or data stream cannot be created.",
    cause:
      "index_mapping is not valid, the credentials do not allow it, or the cluster has reached its limit of shards.",
    fix: "Correct index and index_mapping, repair the cluster, or create it yourself.",
  },
  IGC_SINK_ELASTICSEARCH_DOCUMENT: {
    meaning: "The cluster refuses a document.",
    cause: "It does not fit the mapping of the index.",
    fix: "The message gives the cluster's reason. Correct the data or the mapping, then replay the dead letter.",
  },
  IGC_SINK_ELASTICSEARCH_EXISTS: {
    meaning: "A document with this id exists already.",
    cause: "op_type is create, and another message has the same id.",
    fix: 'Use ids that are unique, or op_type = "index".',
  },
  IGC_SINK_ELASTICSEARCH_IDS: {
    meaning: "Messages of several topics would have the same ids.",
    cause:
      "document_id is made of offsets and lacks {stream} or {topic}, while the sink reads several topics into one index.",
    fix: "Add what is missing to document_id, or use the default.",
  },
  IGC_SINK_ELASTICSEARCH_INDEX: {
    meaning: "An index does not exist or may not be written.",
    cause: "It was removed, is misspelt, or the credentials do not allow it.",
    fix: "Create it, correct index, or set create_index_if_not_exists = true.",
  },
  IGC_SINK_ELASTICSEARCH_NOT_AN_OBJECT: {
    meaning: "A payload is not a JSON object.",
    cause: "Documents are objects, and the payload is an array, a number or text.",
    fix: "Send objects, or wrap the payload with a transform.",
  },
  IGC_SINK_ELASTICSEARCH_REPLY: {
    meaning: "The answer to a bulk request cannot be used.",
    cause: "The URL is not that of Elasticsearch or OpenSearch, or a proxy changes the answer.",
    fix: "Check url. The request is sent again.",
  },
  IGC_SINK_ELASTICSEARCH_TOO_LARGE: {
    meaning: "A document is larger than the server takes.",
    cause: "It exceeds http.max_content_length of the server.",
    fix: "Raise that limit, or make the document smaller.",
  },
  IGC_SINK_ELASTICSEARCH_UNCLEAR: {
    meaning: "The cluster refuses a document for a reason that may be the document's or the cluster's.",
    cause: "For example an illegal_argument_exception, or a failure inside of a node.",
    fix: "Read the reason. A document that fails while others are indexed is in the dead letters; while none is indexed all are sent again.",
  },
} as const;
