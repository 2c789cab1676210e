import { indentJson, type ShownMessage } from "@iggy-connectors/runtime";
import { printable, printableJson, printableLine } from "@iggy-connectors/runtime/printable";

/** The messages at one point as text for a diff: the payload, indented if it is JSON, then headers and target stream. */
export function textOf(messages: readonly ShownMessage[]): string {
  return messages
    .map(
      (message, index) => (messages.length === 1 ? "" : `(${index + 1} of ${messages.length})\n`) + textOfOne(message),
    )
    .join("\n");
}

function textOfOne({ payload, headers, target }: ShownMessage): string {
  const cut = payload.truncated ? [`… of ${payload.size} bytes`] : [];
  const lines = Object.entries(headers).map(
    ([name, value]) => `header ${printableLine(name)}: ${printableJson(value)}`,
  );
  const text = [
    payloadText(payload),
    ...cut,
    ...lines,
    ...(target === null ? [] : [`to stream ${printableLine(target)}`]),
  ].join("\n");
  return printable(text);
}

function payloadText({ encoding, data, truncated }: ShownMessage["payload"]): string {
  if (encoding === "base64") return `${data} (base64)`;
  if (truncated) return data;
  try {
    JSON.parse(data);
    return indentJson(data);
  } catch {
    return data;
  }
}
