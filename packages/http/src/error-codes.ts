/** The error codes of this package: what each means, what usually causes it, what to do. */
export const ERROR_CODES = {
  IGC_CONFIG_SCHEMA_REGISTRY: {
    meaning: "A schema registry cannot be used as configured.",
    cause: "It refuses the credentials or the schema, or has no schema for the subject.",
    fix: "Correct the keys of schema_registry, or register a compatible schema; the message says which.",
  },
  IGC_HTTP_CIRCUIT_OPEN: {
    meaning: "Calls to a server are paused.",
    cause: "Several calls in a row failed.",
    fix: "Look at the errors before this one. Calls go on by themselves after the pause.",
  },
  IGC_HTTP_DESCRIPTORS: {
    meaning: "A request cannot be sent, too many files and connections are open.",
    cause: "The limit of the process or of the system is reached; the server that is called is not to blame.",
    fix: "Raise the limit of open files (ulimit -n, LimitNOFILE of systemd). Calls are retried.",
  },
  IGC_HTTP_NETWORK: {
    meaning: "A server cannot be reached.",
    cause: "It is down, its name does not resolve, or the network between is broken.",
    fix: "Check the address and that the server is reachable from the machine of the runtime. Calls are retried.",
  },
  IGC_HTTP_OAUTH2: {
    meaning: "No access token was obtained.",
    cause: "The token endpoint refuses the client, answers something else, or is down.",
    fix: "Check auth.token_url, the client's id and secret, and the scopes.",
  },
  IGC_HTTP_PROXY: {
    meaning: "A proxy address cannot be used.",
    cause: "The value of proxy is not an HTTP URL.",
    fix: "Write it like http://proxy.example:3128.",
  },
  IGC_HTTP_REQUEST_INVALID: {
    meaning: "A request cannot be sent.",
    cause: "A configured header contains characters that HTTP does not allow.",
    fix: "Correct the configured headers.",
  },
  IGC_HTTP_RESPONSE_INVALID: {
    meaning: "An answer cannot be read.",
    cause: "It is truncated, or its compression is broken.",
    fix: "Check the server and the proxies before it. Calls are retried.",
  },
  IGC_HTTP_RESPONSE_TOO_LARGE: {
    meaning: "An answer is larger than the limit.",
    cause: "The server sends more than this call expects.",
    fix: "Ask for less at once, or check that the URL is the right one.",
  },
  IGC_HTTP_STATUS: {
    meaning: "A server answered with an error status.",
    cause: "The message gives status and answer.",
    fix: "For 4xx, correct URL, credentials or data; for 429 and 5xx look at the server, calls are retried.",
  },
  IGC_HTTP_TEMPLATE: {
    meaning: "A template cannot be used.",
    cause: "It has an unknown placeholder, or a brace without its partner.",
    fix: "Use the placeholders that the connector's page lists; write a brace twice to mean itself.",
  },
  IGC_HTTP_TEMPLATE_VALUE: {
    meaning: "A message has no value for a placeholder of a template.",
    cause: "It lacks the header or field, or its value cannot stand in a URL or header.",
    fix: "Send messages that have it, or set it with a transform.",
  },
  IGC_HTTP_TIMEOUT: {
    meaning: "There was no complete answer in time.",
    cause: "The server or the network is slow, or the request is large.",
    fix: "Raise the timeout, send less at once, or look for what slows the server down. Calls are retried.",
  },
  IGC_HTTP_TLS: {
    meaning: "A secure connection cannot be prepared.",
    cause: "Certificate and key do not belong together, or the passphrase is wrong.",
    fix: "Correct the keys of tls.",
  },
  IGC_HTTP_TLS_FILE: {
    meaning: "A certificate or key file cannot be read.",
    cause: "The path is wrong, only one of certificate and key is set, or the file is not PEM.",
    fix: "Correct the keys of tls that the message names.",
  },
  IGC_HTTP_URL: {
    meaning: "A URL cannot be used.",
    cause: "It is not an HTTP URL, carries credentials, or has a placeholder in its host.",
    fix: "Write http://host:port/path; placeholders may stand in path and query.",
  },
} as const;
