/** What a configuration in TypeScript imports: `export default defineConfig({ … })`, `defineConnector({ … })`. */
export * from "@iggy-connectors/runtime/config";
