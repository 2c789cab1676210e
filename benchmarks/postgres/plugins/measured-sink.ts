import { postgresSink } from "@iggy-connectors/sink-postgres";
import { measuredSink } from "../../plugins/measured.ts";

export default measuredSink(postgresSink);
