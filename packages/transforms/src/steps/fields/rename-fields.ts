import { type Path, parsePath } from "@iggy-connectors/sdk";
import { EVERY, isObjectPart, type JsonPart, partAt, pathTable, removeAt } from "@iggy-connectors/sdk/internal";
import { z } from "zod";
import { editValue, type FieldEdit } from "../../definition/field-edit.ts";
import { defineTransform } from "../../definition/transform.ts";
import { conflictSetting, type OnConflict, targetPath } from "../../settings/conflict-setting.ts";
import { placeAt } from "../../values/conflicts.ts";

/** `rename_fields`: renames or moves fields. */
export const renameFields = defineTransform({
  type: "rename_fields",
  description:
    "Renames fields of JSON objects or moves them to other paths, all at once, so that two can be swapped. Missing fields are ignored.",
  settings: z.object({
    fields: pathTable(
      z.string().min(1),
      "Current path → new path; [*] is not allowed. A dot within a name is written \\.",
    ),
    on_conflict: conflictSetting(
      "fail",
      "If the new name is that of a field that is not renamed, or of another that was renamed before",
    ),
  }),
  examples: [
    {
      title: "A top-level field",
      settings: { fields: { status: "state" } },
      input: { json: { id: 1, status: "x" } },
      output: [{ json: { id: 1, state: "x" } }],
    },
    {
      title: "A nested one moves up",
      settings: { fields: { "user.mail": "mail" } },
      input: { json: { user: { mail: "m", name: "n" } } },
      output: [{ json: { user: { name: "n" }, mail: "m" } }],
    },
    {
      title: "Two spellings of one name, of which a message may have both",
      settings: { fields: { e_mail: "mail", email: "mail" }, on_conflict: "suffix" },
      input: { json: { e_mail: "a", email: "b" } },
      output: [{ json: { mail: "a", mail_2: "b" } }],
    },
    {
      title: "A name that is taken",
      settings: { fields: { a: "b" } },
      input: { json: { a: 1, b: 2 } },
      output: { error: "IGC_TRANSFORM_CONFLICT" },
    },
  ],
  create({ fields, on_conflict: onConflict }, { invalid }) {
    const moves = Object.entries(fields).flatMap(([from, to]) => {
      const source = parsePath(from);
      let target: Path;
      try {
        target = parsePath(to);
      } catch (error) {
        throw invalid(`fields.${from}`, `${JSON.stringify(to)} is not a path: ${(error as Error).message}`);
      }
      if ([...source.segments, ...target.segments].includes(EVERY))
        throw invalid(`fields.${from}`, "[*] is not allowed");
      targetPath(target, onConflict, (reason) => invalid(`fields.${from}`, reason));
      const isSame = source.segments.join("\0") === target.segments.join("\0");
      return isSame ? [] : [{ from: source, to: target }];
    });
    if (moves.every(({ from, to }) => isName(from) && isName(to))) {
      const names = new Map(moves.map(({ from, to }) => [from.segments[0] as string, to.segments[0] as string]));
      const edits: FieldEdit[] = [{ kind: "rename", names, onConflict }];
      return { kinds: ["json"], takesText: true, edits, apply: (value) => editValue(edits, value) };
    }
    return {
      kinds: ["json"],
      takesText: true,
      apply: (value) => (isObjectPart(value) ? moveAll(value, moves, onConflict) : value),
    };
  },
});

function isName({ segments }: Path): boolean {
  return segments.length === 1 && typeof segments[0] === "string";
}

interface Move {
  readonly from: Path;
  readonly to: Path;
}

/** All values are removed before any is set. */
function moveAll(value: JsonPart, moves: readonly Move[], onConflict: OnConflict): unknown {
  const taken = moves
    .map(({ from, to }) => ({ from, to, value: partAt(value, from) }))
    .filter((move) => move.value !== undefined);
  if (taken.length === 0) return value;
  let result: unknown = value;
  for (const { from } of taken) result = removeAt(result, from);
  for (const { from, to, value: moved } of taken) result = placeAt(result, to, moved!, onConflict, from.text);
  return result;
}
