import { join } from "node:path";
import type { CatalogDocument } from "../catalog/document.ts";
import { type Files, listIfPresent } from "./disk/files.ts";

// The layout of the data folder.

/** The stored offsets of a topic, in its folder. */
export const OFFSETS_FILE = "offsets.journal";

export function catalogFile(dataFolder: string): string {
  return join(dataFolder, "catalog.json");
}

function streamFolder(dataFolder: string, streamId: number): string {
  return join(dataFolder, "streams", String(streamId));
}

export function topicFolder(dataFolder: string, streamId: number, topicId: number): string {
  return join(streamFolder(dataFolder, streamId), String(topicId));
}

export function partitionFolderName(partition: { id: number; incarnation: number }): string {
  return `${partition.id}-${partition.incarnation}`;
}

/** Removes folders that the catalogue does not name: the process died between a change and its clean-up. */
export async function removeLeftovers(files: Files, folder: string, document: CatalogDocument): Promise<void> {
  const streams = new Set(document.streams.map(({ id }) => String(id)));
  await removeOthers(files, join(folder, "streams"), streams);
  for (const stream of document.streams) {
    await removeOthers(files, streamFolder(folder, stream.id), new Set(stream.topics.map(({ id }) => String(id))));
    for (const topic of stream.topics) {
      const kept = new Set([OFFSETS_FILE, ...topic.partitions.map(partitionFolderName)]);
      await removeOthers(files, topicFolder(folder, stream.id, topic.id), kept);
    }
  }
}

async function removeOthers(files: Files, folder: string, kept: ReadonlySet<string>): Promise<void> {
  for (const name of await listIfPresent(files, folder)) {
    if (!kept.has(name)) await files.remove(join(folder, name));
  }
}
