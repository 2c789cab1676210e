import { mkdirSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { PAGE as API_PAGE, apiDocument, apiPage, DOCUMENT, documentText } from "./api-page.ts";
import { PAGE as CONFIGURATION_PAGE, configurationPage } from "./configuration-page.ts";
import { connectorPages } from "./connector-pages.ts";
import { ERRORS_PAGE, errorsPage } from "./errors-page.ts";
import { GENERATED_FOLDERS } from "./generated-folders.ts";
import { VALUES_PAGE, valuesPage } from "./values-page.ts";

/** `npm run reference`: writes the pages of docs/reference, and the tables in the pages of connectors, from definitions in the code. */
for (const [folder, pages] of GENERATED_FOLDERS) {
  const path = fileURLToPath(folder);
  mkdirSync(path, { recursive: true });
  for (const name of readdirSync(path)) if (!pages().has(name)) rmSync(new URL(name, folder));
  for (const [name, text] of pages()) writeFileSync(new URL(name, folder), text);
}
for (const { path, current } of await connectorPages()) writeFileSync(path, current);
writeFileSync(CONFIGURATION_PAGE, configurationPage());
const document = await apiDocument();
writeFileSync(DOCUMENT, documentText(document));
writeFileSync(API_PAGE, apiPage(document));
writeFileSync(ERRORS_PAGE, await errorsPage());
writeFileSync(VALUES_PAGE, valuesPage());
