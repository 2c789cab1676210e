import { type HeaderEntry, headersFrom, type PlainHeader } from "@iggy-connectors/protocol";
import type { HeaderValue, ProducedMessage } from "@iggy-connectors/sdk";

/** The headers of a produced message as Iggy carries them: typed ones as they are, plain values typed as Iggy's SDKs type them. */
export function headerEntries(headers: NonNullable<ProducedMessage["headers"]>): readonly HeaderEntry[] {
  if (!(headers instanceof Map)) return headersFrom(headers as Readonly<Record<string, PlainHeader>>);
  const typed: ReadonlyMap<string, HeaderValue> = headers;
  return [...typed].map(([name, value]) => ({ key: { kind: "string", value: name }, value }));
}
