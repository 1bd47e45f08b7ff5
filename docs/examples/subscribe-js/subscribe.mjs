// Prints the changes of a table as they happen. It keeps its place under a
// name, so that it goes on where it stopped.
//
//   node subscribe.mjs Users
import { parseArgs } from "node:util";
import { connect } from "@nats-io/transport-node";
import { AckPolicy, jetstream, jetstreamManager } from "@nats-io/jetstream";

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    server: { type: "string", default: "localhost:4222" },
    user: { type: "string", default: "subscriber" },
    password: { type: "string", default: "" },
    name: { type: "string", default: "example-js" },
    count: { type: "string", default: "0" },
  },
});
const [table] = positionals;
if (!table) throw new Error("usage: node subscribe.mjs TABLE");

const nc = await connect({ servers: values.server, user: values.user, pass: values.password });
const jsm = await jetstreamManager(nc, { checkAPI: false });
await jsm.consumers.add("CHANGES", {
  durable_name: values.name,
  // A dot in a table's name is written %2E in a subject.
  filter_subject: `changes.${table.replaceAll(".", "%2E")}.>`,
  ack_policy: AckPolicy.Explicit,
  // One at a time: the changes of an item are handled in their order.
  max_ack_pending: 1,
});
const consumer = await jetstream(nc, { checkAPI: false }).consumers.get("CHANGES", values.name);

let left = Number(values.count);
for await (const m of await consumer.consume()) {
  console.log(m.string()); // a record, as GetRecords gives it
  await m.ackAck(); // only now is the change done with: after a crash it would come again
  if (--left === 0) break;
}
await nc.close();
