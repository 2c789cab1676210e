import { elasticsearchSink } from "@iggy-connectors/sink-elasticsearch";
import { measuredSink } from "../../plugins/measured.ts";

export default measuredSink(elasticsearchSink);
