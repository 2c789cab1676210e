import { defineScript } from "@iggy-connectors/sdk";

interface Order {
  readonly id: number;
  readonly total: number;
  readonly lines: readonly { readonly sku: string }[];
}

/** Leaves out empty orders, and makes a message of every line of the others. */
export default defineScript<Order>(({ value }) => {
  if (value.total === 0) return null;
  return value.lines.map(({ sku }, line) => ({
    value: { order: value.id, line, sku },
    headers: { large: value.total > 100 },
  }));
});
