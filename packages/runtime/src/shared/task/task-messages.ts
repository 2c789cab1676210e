import type { Delivery, Schema } from "@iggy-connectors/sdk";
import type { TappedMessage, TapSettings } from "../tap/tapped-message.ts";
import type { LogLevel } from "./task-spec.ts";
import type { TaskStatus } from "./task-status.ts";

/** A plugin's description of itself, known once the worker imported it. */
export interface PluginDescription {
  readonly name: string;
  readonly version: string;
  readonly description: string;
  readonly delivery: Delivery;
  readonly schemas: readonly Schema[];
  /** JSON Schema of `plugin_config`, with `secret` marks. */
  readonly configSchema: unknown;
  /** The guarantee with this configuration. */
  readonly effectiveDelivery: Delivery;
}

export interface TaskLogLine {
  readonly level: LogLevel;
  /** Milliseconds since the Unix epoch. */
  readonly time: number;
  readonly message: string;
  readonly fields: Record<string, unknown> | undefined;
}

/** Worker → control plane. A status is sent when the state changes, and at most every `STATUS_INTERVAL` otherwise. */
export type TaskEvent =
  | { readonly type: "described"; readonly plugin: PluginDescription }
  | { readonly type: "status"; readonly status: TaskStatus }
  | { readonly type: "logs"; readonly lines: readonly TaskLogLine[] }
  /** Samples for the clients of the tap. */
  | { readonly type: "tapped"; readonly messages: readonly TappedMessage[] }
  /** The last event of an orderly end; the worker exits by itself after it. */
  | { readonly type: "ended"; readonly status: TaskStatus };

/** Control plane → worker. */
export type TaskCommand =
  | { readonly type: "stop" }
  /** Show samples of messages; without settings: stop showing them. */
  | { readonly type: "tap"; readonly settings: TapSettings | undefined };

/** Milliseconds. */
export const STATUS_INTERVAL = 250;
