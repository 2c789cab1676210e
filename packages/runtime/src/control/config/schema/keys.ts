import { byteSize, duration } from "@iggy-connectors/sdk";
import { z } from "zod";

/** The kinds of keys that a configuration file has, each with its default and its meaning. */

export const flag = (value: boolean, meaning: string) => z.boolean().default(value).describe(meaning);
export const text = (value: string, meaning: string) => z.string().default(value).describe(meaning);
export const texts = (value: string[], meaning: string) => z.array(z.string()).default(value).describe(meaning);
export const time = (value: string, meaning: string) => duration().prefault(value).describe(meaning);
export const size = (value: string, meaning: string) => byteSize().prefault(value).describe(meaning);
export const count = (value: number, meaning: string) => z.int().min(0).default(value).describe(meaning);
export const positive = (value: number, meaning: string) =>
  z.int().min(1).max(0xffff_ffff).default(value).describe(meaning);
/** A table that may be left out, then each of its keys has its default. */
export const table = <Shape extends z.core.$ZodLooseShape>(shape: Shape) => z.object(shape).prefault({} as never);
