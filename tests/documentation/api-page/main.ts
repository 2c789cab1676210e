import { writeFileSync } from "node:fs";
import { apiDocument, apiPage, DOCUMENT, documentText, PAGE } from "./page.ts";

/** `npm run reference`: brings the description of the HTTP API up to date. */
const document = await apiDocument();
writeFileSync(DOCUMENT, documentText(document));
writeFileSync(PAGE, apiPage(document));
