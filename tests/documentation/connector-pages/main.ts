import { writeFileSync } from "node:fs";
import { connectorPages } from "./pages.ts";

/** `npm run reference`: brings the tables of options in the connectors' pages up to date. */
for (const { path, current } of await connectorPages()) writeFileSync(path, current);
