import { writeFileSync } from "node:fs";
import { configurationPage, PAGE } from "./page.ts";

/** `npm run reference`: brings the page of the configuration keys up to date. */
writeFileSync(PAGE, configurationPage());
