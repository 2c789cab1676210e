import type { JsonValue } from "@iggy-connectors/sdk";
import { JsonNumber } from "@iggy-connectors/sdk";
import {
  doubleText,
  exactMember,
  holdsSpelling,
  isSameNumber,
  setText,
  writtenText,
} from "@iggy-connectors/sdk/internal";

/**
 * Gives the numbers of a new value the digits that they had in the value it was made of: those that kept the name of their field, and
 * those of which a double holds only a part, wherever they are now. For scripts and expressions, which see doubles.
 */
export function keepDigits(result: unknown, origin: unknown): void {
  if (result === origin || !holdsSpelling(origin)) return;
  const written = new WrittenNumbers();
  written.collect(origin);
  written.restore(result);
}

class WrittenNumbers {
  readonly #byKey = new Map<string, Map<number, string>>();
  readonly #byValue = new Map<number, string>();

  collect(holder: unknown): void {
    if (typeof holder !== "object" || holder === null) return;
    for (const key of Object.keys(holder)) {
      const member = exactMember(holder, key);
      if (member instanceof JsonNumber) this.#add(key, member);
      else this.collect(member);
    }
  }

  #add(key: string, { text, value }: JsonNumber): void {
    const texts = this.#byKey.get(key) ?? new Map<number, string>();
    this.#byKey.set(key, texts.set(value, text));
    if (!isSameNumber(text, doubleText(value))) this.#byValue.set(value, text);
  }

  restore(holder: unknown): void {
    if (typeof holder !== "object" || holder === null) return;
    for (const [key, value] of Object.entries(holder as { readonly [key: string]: JsonValue })) {
      if (typeof value !== "number") {
        this.restore(value);
      } else if (writtenText(holder, key, value) === undefined) {
        const text = (Array.isArray(holder) ? undefined : this.#byKey.get(key)?.get(value)) ?? this.#byValue.get(value);
        if (text !== undefined) setText(holder, key, text);
      }
    }
  }
}
