import type { RegisterRoutes } from "../register-routes.ts";
import { routes as configs } from "./configs.ts";
import { routes as connectors } from "./connectors.ts";
import { routes as deadLetters } from "./dead-letters.ts";
import { routes as documentation } from "./documentation.ts";
import { routes as events } from "./events.ts";
import { routes as health } from "./health.ts";
import { routes as lifecycle } from "./lifecycle.ts";
import { routes as plugins } from "./plugins.ts";
import { routes as positions } from "./positions.ts";
import { routes as runtime } from "./runtime.ts";
import { routes as tap } from "./tap.ts";

/** The routes of every file in this folder, in the order in which the OpenAPI document lists them. */
export const ROUTES: readonly RegisterRoutes[] = [
  runtime,
  health,
  connectors,
  configs,
  lifecycle,
  deadLetters,
  tap,
  plugins,
  positions,
  events,
  documentation,
];
