import { setTimeout as sleep } from "node:timers/promises";
import type { IggyClient } from "@iggy-connectors/client";
import { arrivals } from "./arrivals.ts";
import { clock } from "./clock.ts";

/** Sends at random times, a few together where they are closer than a turn of this loop. */
export async function send(client: IggyClient, topic: string, rate: number, milliseconds: number): Promise<void> {
  const next = arrivals(rate);
  const end = clock() + milliseconds * 1000;
  for (let due = clock() + next(); due < end; ) {
    const wait = (due - clock()) / 1000;
    if (wait > 0) await sleep(wait);
    const messages: { payload: Uint8Array }[] = [];
    for (const now = clock(); due <= now; due += next()) {
      const payload = Buffer.alloc(200);
      payload.writeBigUInt64LE(BigInt(now));
      messages.push({ payload });
    }
    if (messages.length > 0) await client.sendMessages({ stream: "bench", topic, messages });
  }
}
