/** The error codes of this package: what each means, what usually causes it, what to do. */
export const ERROR_CODES = {
  IGC_SINK_S3_COLUMN: {
    meaning: "A value does not fit its column.",
    cause:
      "It has another type, is beyond the column's range or not in the calendar, or the column would lose digits of it.",
    fix: "Correct the column's type, or cast the field with a transform.",
  },
  IGC_SINK_S3_CREDENTIALS: {
    meaning: "No credentials were found, or the store no longer takes those that were.",
    cause:
      "Neither the configuration nor the environment, a profile or the machine gives any, or they were rotated or have expired.",
    fix: "Renew them where the connector finds them: they are read again before each attempt. Or set access_key_id and secret_access_key.",
  },
  IGC_SINK_S3_DENIED: {
    meaning: "The store denies access.",
    cause: "The credentials do not allow what the sink does, or belong to another bucket.",
    fix: "Allow s3:PutObject, s3:GetObject and s3:AbortMultipartUpload on the objects, and s3:ListBucket on the bucket.",
  },
  IGC_SINK_S3_FORMAT: {
    meaning: "The format needs another schema.",
    cause: 'For example output_format = "text" with values that are not text.',
    fix: "Use the format or the schema that the message proposes.",
  },
  IGC_SINK_S3_LEDGER: {
    meaning: "The record of how far the objects reach is damaged.",
    cause: "It was changed by hand.",
    fix: "Restore it, or delete it: the connector then goes on after the offset that is stored in Iggy.",
  },
  IGC_SINK_S3_NAME_TAKEN: {
    meaning: "An object with this name exists and is not of this connector.",
    cause: "Two connectors write with the same prefix, or something else writes there.",
    fix: "Give each connector its own prefix, with {stream} and {topic} in path_template where it reads several topics.",
  },
  IGC_SINK_S3_NO_CONDITIONS: {
    meaning: "The store ignores conditional writes.",
    cause: "It does not honour If-Match and If-None-Match, which exactly-once delivery needs.",
    fix: 'Use a store that honours them (Amazon S3, MinIO, R2), or set delivery = "at_least_once".',
  },
  IGC_SINK_S3_NO_LISTING: {
    meaning: "The credentials may not list the bucket.",
    cause: "A missing object cannot be told from a forbidden one then.",
    fix: 'Allow s3:ListBucket, or set delivery = "at_least_once".',
  },
  IGC_SINK_S3_ORDER: {
    meaning: "Two batches of a partition came at once.",
    cause: "max_in_flight is larger than 1, and the sink takes one batch after the other.",
    fix: "Set max_in_flight = 1.",
  },
  IGC_SINK_S3_RACE: {
    meaning: "The stored offset of a partition was changed by another writer.",
    cause: "The bucket was restored, an operator moved the offset, or two connectors have the same key and prefix.",
    fix: "Nothing if it happens once: the sink goes on from the offset that is stored. If it comes again, stop one of the two connectors.",
  },
  IGC_SINK_S3_REFUSED: {
    meaning: "The store refuses a request.",
    cause: "Bucket, region or an option is wrong; the message gives the store's reason.",
    fix: "Correct the configuration as the message says.",
  },
  IGC_SINK_S3_ROW: {
    meaning: "A message gives no row of the file.",
    cause: "It is not an object, or has none of the fields that the columns name.",
    fix: "Correct path or name of the columns, or filter or wrap such messages with a transform.",
  },
  IGC_SINK_S3_TEMPLATE: {
    meaning: "Objects of several topics would have the same names.",
    cause:
      "The sink reads several topics, and path_template lacks {stream} or {topic}, or writes them next to each other.",
    fix: 'Use {stream} and {topic} in path_template, each alone between two slashes, such as "{stream}/{topic}/{date}".',
  },
  IGC_SINK_S3_UNAVAILABLE: {
    meaning: "The store cannot be reached or is busy.",
    cause: "It is down, throttles, or the network is broken.",
    fix: "Nothing, if it passes: the request is repeated.",
  },
  IGC_SINK_S3_UNSUPPORTED: {
    meaning: "The store does not know an option.",
    cause: "It does not implement encryption, storage classes, ACLs or tags.",
    fix: "Leave out server_side_encryption, storage_class, acl and tags.",
  },
} as const;
