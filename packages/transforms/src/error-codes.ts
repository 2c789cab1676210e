/** The error codes of this package: what each means, what usually causes it, what to do. */
export const ERROR_CODES = {
  IGC_CONFIG_TRANSFORM_INVALID: {
    meaning: "The settings of a transform are not valid.",
    cause: "A key is missing, misspelt or has a value that cannot work, such as an expression with a syntax error.",
    fix: "Correct the keys that the message names; docs/reference/transforms has a page for each transform.",
  },
  IGC_CONFIG_TRANSFORM_UNKNOWN: {
    meaning: "No transform has this type.",
    cause: "The value of type is misspelt.",
    fix: "Use one of the types that the message lists.",
  },
  IGC_DECODE_FAILED: {
    meaning: "A payload could not be decoded, for a reason without a code.",
    cause: "A codec failed in a way that it does not describe.",
    fix: "Report it with the payload, if you can: it is a defect of the codec.",
  },
  IGC_SOURCE_PAYLOAD_SIZE: {
    meaning: "A produced message is empty or too large for Iggy.",
    cause: "Iggy takes payloads of 1 byte to 64 MB.",
    fix: "Split or shorten the message at its origin or with a transform.",
  },
  IGC_TRANSFORM_CAST: {
    meaning: "A field cannot be cast to the type that is asked for.",
    cause: "Its value is, for example, text that is not a number.",
    fix: "Correct the data, or put the step under a condition with when.",
  },
  IGC_TRANSFORM_CHANGE_EVENT: {
    meaning: "A change event has no row.",
    cause:
      "It tells of a truncated table, is a logical decoding message or of an unknown operation, or lacks the row before a deletion.",
    fix: "Set truncates, messages, tombstones or others of debezium_unwrap to drop or pass, or REPLICA IDENTITY FULL at the table.",
  },
  IGC_TRANSFORM_CONFLICT: {
    meaning: "A step would give two values of a message one name.",
    cause: "A field or header of the new name exists, or two fields are to be named alike.",
    fix: "Set on_conflict of the step to replace, keep or suffix, or choose another name.",
  },
  IGC_TRANSFORM_EXPLODE: {
    meaning: "A message cannot be split.",
    cause: "The field is not an array, or an element is not what the step needs.",
    fix: "Correct field, or put the step under a condition with when.",
  },
  IGC_TRANSFORM_EXPRESSION: {
    meaning: "An expression failed for a message.",
    cause: "It uses a field that the message does not have, or types that do not go together.",
    fix: "Test for the field in the expression, for example with has(), or correct the data.",
  },
  IGC_TRANSFORM_FAILED: {
    meaning: "A step threw an error without a code.",
    cause: "A script, or a step, met a value that it does not expect.",
    fix: "Read the message; for a script, correct it and replay the dead letter.",
  },
  IGC_TRANSFORM_FIELD_MISSING: {
    meaning: "A message does not have the field that a step needs.",
    cause: "The producer left it out, or an earlier step removed it.",
    fix: "Correct the field's name, or put the step under a condition with when.",
  },
  IGC_TRANSFORM_HEADER: {
    meaning: "A header cannot be made.",
    cause: "Its value would be empty, longer than 255 bytes, or of a type that Iggy's headers do not have.",
    fix: "Shorten or remove the value in an earlier step, or put the step under a condition with when.",
  },
  IGC_TRANSFORM_PAYLOAD_TYPE: {
    meaning: "A conversion does not take the payload that it was given.",
    cause: "source_format does not say what the payloads are at this step.",
    fix: "Correct source_format; the schema of a stream already decodes to json.",
  },
  IGC_TRANSFORM_ROUTE: {
    meaning: "A message names no stream of the connector.",
    cause: "The field or expression is missing, is not text, or gives a name that is not listed.",
    fix: "Set default, or add the name to the streams of the connector.",
  },
  IGC_TRANSFORM_SCRIPT: {
    meaning: "A script returned something that is not a message.",
    cause: "It returned, for example, a promise, a number or an object without value.",
    fix: "Return the message, a list of messages, or null to filter it.",
  },
  IGC_TRANSFORM_TIMESTAMP: {
    meaning: "A field is not a time in the format that is configured.",
    cause: "The data has another format, or the time is out of range.",
    fix: "Correct from, or put the step under a condition with when.",
  },
  IGC_TRANSFORM_VALIDATION: {
    meaning: "A message does not conform to its JSON Schema.",
    cause: "The producer sends what the schema forbids, or leaves out what it requires.",
    fix: "The message says where. Correct the data, or the schema.",
  },
} as const;
