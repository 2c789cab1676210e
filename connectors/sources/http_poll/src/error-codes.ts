/** The error codes of this package: what each means, what usually causes it, what to do. */
export const ERROR_CODES = {
  IGC_SOURCE_HTTP_POLL_LIMIT: {
    meaning: "The server takes no requests for a while.",
    cause: "Its rate limit is used up, as its last answer said.",
    fix: "Nothing: the source continues when the limit ends. Otherwise raise interval or min_request_interval.",
  },
  IGC_SOURCE_HTTP_POLL_NEXT: {
    meaning: "The next page lies on another server.",
    cause: "A link in the answer names another host, and credentials are not sent elsewhere.",
    fix: "Use the URL under which the server links to itself.",
  },
  IGC_SOURCE_HTTP_POLL_REPLY: {
    meaning: "An answer is not what the configuration describes.",
    cause: "Records, cursor or page are not where they are looked for.",
    fix: "Compare the configuration with what the server answers. The request is repeated.",
  },
} as const;
