interface MessagePlace {
  readonly stream: string | null;
  readonly topic: string | null;
  readonly partition: number | null;
  readonly offset: string | null;
}

/** Where a message is, as far as it is known: `stream/topic/partition @offset`. */
export function messagePlace({ stream, topic, partition, offset }: MessagePlace): string {
  const path = [stream, topic, partition].filter((part) => part !== null).join("/");
  return `${path}${offset === null ? "" : ` @${offset}`}`;
}
