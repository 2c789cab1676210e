import { printableLine } from "@iggy-connectors/runtime/printable";
import type { Command } from "commander";
import { CliError } from "../cli-error.ts";
import { EXIT } from "../exit-codes.ts";
import { Printer } from "../output/printer.ts";

/** Similar codes that are named at most. */
const SUGGESTIONS = 5;

/** `iggy-connectors explain`: what an error code means, what brings it about and what to do. */
export function register(program: Command): void {
  program
    .command("explain")
    .description("explain an error code: what it means, what usually causes it, what to do")
    .argument("<code>", "such as IGC_CONFIG_DUPLICATE; IGC_ may be left out")
    .option("--json", "print JSON")
    .addHelpText("after", "\nExample: iggy-connectors explain IGC_SINK_POSTGRES_FENCED")
    .action(async (given: string, options: { json?: boolean }) => {
      const upper = given.toUpperCase().replaceAll("-", "_");
      const code = upper.startsWith("IGC_") ? upper : `IGC_${upper}`;
      const { allCodes, similarCodes } = await import("../errors/registered-codes.ts");
      const codes = await allCodes();
      const entry = codes.get(code);
      if (entry === undefined) throw unknownCode(code, similarCodes(code, codes.keys()).slice(0, SUGGESTIONS));
      const { meaning, cause, fix } = entry;
      new Printer(options).result(
        { code, ...entry },
        () => `${code}\n\n  ${meaning}\n\n  Cause:      ${cause}\n  What to do: ${fix}`,
      );
    });
}

function unknownCode(code: string, similar: readonly string[]): CliError {
  return new CliError(`${printableLine(code)} is not an error code of this version`, {
    exitCode: EXIT.usage,
    fix:
      similar.length === 0
        ? "docs/reference/errors.md lists all codes; a plugin of your own documents its own"
        : `similar codes: ${similar.join(", ")}`,
  });
}
