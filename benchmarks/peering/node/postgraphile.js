// PostGraphile 5 as its guide sets it up: the amber preset with simplified names, claims of the token as pgSettings.
//
// The token is verified in `grafast.context`. Every request is then a transaction that begins by setting the tenant.

import { createServer } from "node:http";
import { PgSimplifyInflectionPreset } from "@graphile/simplify-inflection";
import { Pool } from "pg";
import { postgraphile } from "postgraphile";
import { makePgService } from "postgraphile/adaptors/pg";
import { grafserv } from "postgraphile/grafserv/node";
import { PostGraphileAmberPreset } from "postgraphile/presets/amber";
import { pool, tellPort, tenantOf } from "./told.js";

const serv = postgraphile({
  extends: [PostGraphileAmberPreset, PgSimplifyInflectionPreset],
  pgServices: [makePgService({ pool: new Pool(pool), schemas: ["pool"] })],
  grafast: {
    context: ({ node }) => ({ pgSettings: { "app.tenant_id": tenantOf(node.req.headers) } }),
    explain: false,
  },
  grafserv: { graphiql: false, watch: false, websockets: false },
}).createServ(grafserv);

const server = createServer();
server.on("error", (error) => {
  throw error;
});
await serv.addTo(server);
await serv.ready();
server.listen(0, "127.0.0.1", () => tellPort(server));
