import type { Reader } from "../../../primitives/reader.ts";

/**
 * Reads `count` elements of at least `minSize` bytes; a count that the remaining input cannot hold is refused first.
 */
export function readCounted<Element>(
  reader: Reader,
  count: number,
  minSize: number,
  read: (reader: Reader) => Element,
): Element[] {
  reader.expectElements(count, minSize);
  const elements: Element[] = [];
  for (let i = 0; i < count; i++) elements.push(read(reader));
  return elements;
}

/** Reads elements to the end of the input. */
export function readToEnd<Element>(reader: Reader, read: (reader: Reader) => Element): Element[] {
  const elements: Element[] = [];
  while (reader.remaining > 0) elements.push(read(reader));
  return elements;
}
