import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { connector } from "./connector.ts";
import { NAME, type Scaffold, write } from "./scaffold.ts";
import { GROUPS, transform } from "./transform.ts";
import { SUBJECTS, wireCommand } from "./wire-command.ts";

const HELP = `Writes the first version of a part of the repository; it passes its tests as it is.

  npm run new -- transform NAME [--group ${GROUPS.join("|")}]
  npm run new -- wire-command NAME --code NUMBER [--subject ${SUBJECTS.join("|")}]
  npm run new -- sink NAME
  npm run new -- source NAME

NAME consists of lower-case words with _ between, such as upper_case.`;

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    group: { type: "string", default: "fields" },
    subject: { type: "string", default: "system" },
    code: { type: "string" },
    help: { type: "boolean", short: "h" },
  },
});

function refuse(reason: string): never {
  console.error(`${reason}\n\n${HELP}`);
  process.exit(2);
}

function oneOf<Word extends string>(word: string, words: readonly Word[], option: string): Word {
  return words.find((known) => known === word) ?? refuse(`--${option} ${word} is not one of ${words.join(", ")}`);
}

function scaffoldOf(kind: string | undefined, name: string): Scaffold {
  switch (kind) {
    case "transform":
      return transform(name, oneOf(values.group, GROUPS, "group"));
    case "wire-command": {
      const code = Number(values.code);
      if (!Number.isInteger(code) || code < 1) refuse("--code is the command's number in Iggy");
      return wireCommand(name, oneOf(values.subject, SUBJECTS, "subject"), code);
    }
    case "sink":
    case "source":
      return connector(kind, name);
    default:
      return refuse(`${kind ?? "nothing"} is not something that can be written`);
  }
}

if (values.help === true) {
  console.log(HELP);
} else {
  const [kind, name, ...rest] = positionals;
  if (name === undefined || rest.length > 0) refuse("one name is needed");
  if (!NAME.test(name)) refuse(`${JSON.stringify(name)} is not a name`);
  const scaffold = scaffoldOf(kind, name);
  try {
    write(scaffold, fileURLToPath(new URL("../../", import.meta.url)));
  } catch (error) {
    console.error(error instanceof Error ? error.message : error);
    process.exit(1);
  }
  for (const file of Object.keys(scaffold.files)) console.log(`wrote ${file}`);
  for (const { file } of scaffold.lines) console.log(`added a line to ${file}`);
  console.log(`\nNext:\n${scaffold.next.map((step) => `  - ${step}`).join("\n")}`);
}
