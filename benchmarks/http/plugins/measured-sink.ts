import { httpSink } from "@iggy-connectors/sink-http";
import { measuredSink } from "../../plugins/measured.ts";

export default measuredSink(httpSink);
