import type { ApiControls, ApiDependencies } from "./dependencies.ts";
import type { Router } from "./router.ts";

/** Registers the routes of one subject. Each file of `routes/` exports one as `routes`. */
export type RegisterRoutes = (router: Router, api: ApiDependencies) => void;

/** Routes that need the controls: an API without them does not have these routes. */
export function withControls(
  register: (router: Router, controls: ApiControls, api: ApiDependencies) => void,
): RegisterRoutes {
  return (router, api) => {
    if (api.controls !== undefined) register(router, api.controls, api);
  };
}
