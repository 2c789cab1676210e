/** The consumer that reads for operators. No offset is stored for it. */
export const OPERATOR_CONSUMER = { kind: "consumer", id: "iggy_connectors_operator" } as const;
