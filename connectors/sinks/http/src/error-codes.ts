/** The error codes of this package: what each means, what usually causes it, what to do. */
export const ERROR_CODES = {
  IGC_SINK_HTTP_HEADER: {
    meaning: "A configured header cannot be sent.",
    cause: "Its name or value has characters that HTTP does not allow.",
    fix: "Use letters, digits and hyphens in names.",
  },
  IGC_SINK_HTTP_IDEMPOTENCY: {
    meaning: "The way to identify requests does not fit the way to group messages.",
    cause: 'idempotency = "message_id" needs one message in each request.',
    fix: 'Use batch_mode = "individual" or "raw", or idempotency = "offset".',
  },
  IGC_SINK_HTTP_ITEM: {
    meaning: "The destination refused one message of a request.",
    cause: "Its answer says so, as partial_failures describes it.",
    fix: "The message gives the destination's reason. Correct the data, then replay the dead letter.",
  },
  IGC_SINK_HTTP_ITEM_BUSY: {
    meaning: "The destination could not take one message of a request now.",
    cause: "Its answer says so, as partial_failures describes it.",
    fix: "Nothing, if it passes: the message is sent again.",
  },
  IGC_SINK_HTTP_REPLY: {
    meaning: "The answer does not say which messages were taken.",
    cause: "It is not what partial_failures describes. The connector stops, so that nothing is sent twice.",
    fix: "Make partial_failures describe what the destination answers.",
  },
  IGC_SINK_HTTP_TOO_LARGE: {
    meaning: "A message makes a request that is larger than the limit.",
    cause: "max_payload_size_bytes is smaller than the message.",
    fix: "Raise max_payload_size_bytes, and the limit of the destination.",
  },
  IGC_SINK_HTTP_UNLISTED: {
    meaning: "The destination answered with a success that is not in the list of successes.",
    cause: "success_status_codes lacks the status, so it is not known whether the messages were taken.",
    fix: "Add the status to success_status_codes, or to reject_status_codes or retry_status_codes, whichever it means.",
  },
} as const;
