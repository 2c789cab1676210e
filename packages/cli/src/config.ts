/** What a TypeScript configuration imports: `export default defineConfig({ … })`, `defineConnector({ … })`. */
export * from "@iggy-connectors/runtime/config";
