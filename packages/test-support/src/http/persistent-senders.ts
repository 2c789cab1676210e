import { setTimeout as sleep } from "node:timers/promises";
import type { Origin } from "@iggy-connectors/testing";

const PAUSE = 5;

/**
 * Senders of webhooks that post each message again until it is answered with 200, with an id that stays. As many at once as
 * asked for, in no order.
 */
export function persistentSenders(url: string, messages: readonly string[], atOnce: number): Origin {
  const confirmed: string[] = [];
  const ending = new AbortController();
  let next = 0;
  const sender = async (): Promise<void> => {
    while (next < messages.length && !ending.signal.aborted) {
      const message = messages[next++]!;
      while (!(await post(url, message, ending.signal)) && !ending.signal.aborted) await sleep(PAUSE);
      if (!ending.signal.aborted) confirmed.push(message);
    }
  };
  const senders = Promise.all(Array.from({ length: atOnce }, sender));
  return {
    confirmed: () => [...confirmed],
    async [Symbol.asyncDispose]() {
      ending.abort();
      await senders;
    },
  };
}

async function post(url: string, message: string, signal: AbortSignal): Promise<boolean> {
  try {
    const reply = await fetch(url, { method: "POST", headers: { "webhook-id": message }, body: message, signal });
    await reply.arrayBuffer();
    return reply.status === 200;
  } catch {
    // Refused or broken: the other side is being killed.
    return false;
  }
}
