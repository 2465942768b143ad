// Mercurius as a careful author writes it: documents compiled by graphql-jit, lists loaded for all parents at once.
//
// Each statement is prepared, and names its tenant within itself: a materialized CTE that gates the scan. So there is
// neither a transaction nor a second round trip, which is the cheapest form there is.

import DataLoader from "dataloader";
import Fastify from "fastify";
import mercurius from "mercurius";
import pg from "pg";
import { pool as settings, tellPort, tenantOf } from "./told.js";

const pool = new pg.Pool(settings);

function walled(inner) {
  return `with tenant as materialized (select set_config('app.tenant_id', $1, true) as named)
    select answer.* from tenant cross join lateral (${inner} offset 0) as answer`;
}

const FLOW = `f.id, f.name, f.description, f.status, f.duration_days as "durationDays", f.revision, f.updated_at as "updatedAt"`;
const BLOCK = `b.id, b.stage_id as "stageId", b.type, b.position, b.content, b.required, b.updated_at as "updatedAt"`;
const NAMED = "tenant.named is not null";

const STATEMENTS = {
  flow: `select ${FLOW} from pool.onboarding_flows f where ${NAMED} and f.id = $2`,
  flows: `select ${FLOW} from pool.onboarding_flows f where ${NAMED} order by f.id limit $2`,
  stages: `select s.id, s.flow_id as "flowId", s.name, s.type, s.position
    from pool.stages s where ${NAMED} and s.flow_id = any($2::uuid[]) order by s.flow_id, s.position`,
  blocksOf: `select ${BLOCK} from pool.content_blocks b
    where ${NAMED} and b.stage_id = any($2::uuid[]) order by b.stage_id, b.position`,
  blocks: `select ${BLOCK} from pool.content_blocks b
    where ${NAMED} and b.id > $3 order by b.id limit $2`,
  hires: `select h.id, h.first_name as "firstName", h.last_name as "lastName", h.email, h.status
    from pool.new_hires h where ${NAMED} order by h.id limit $2`,
  counts: `select p.new_hire_id as "hireId", count(*) filter (where p.status = 'pending')::int as pending,
      count(*) filter (where p.status = 'in_progress')::int as "inProgress",
      count(*) filter (where p.status = 'completed')::int as completed
    from pool.progress p where ${NAMED} and p.new_hire_id = any($2::uuid[]) group by p.new_hire_id`,
};

const TEXTS = Object.fromEntries(Object.entries(STATEMENTS).map(([name, inner]) => [name, walled(inner)]));

async function rows(tenant, name, ...values) {
  return (await pool.query({ name, text: TEXTS[name], values: [tenant, ...values] })).rows;
}

const schema = `
  scalar DateTime
  type Query {
    flow(id: ID!): Flow
    flows(first: Int!): [Flow!]!
    newHires(first: Int!): [NewHire!]!
    contentBlocks(first: Int!, after: ID): [ContentBlock!]!
  }
  type Flow {
    id: ID! name: String! description: String status: String! durationDays: Int! revision: Int! updatedAt: DateTime!
    stages: [Stage!]!
  }
  type Stage { id: ID! name: String! type: String! position: Int! contentBlocks: [ContentBlock!]! }
  type ContentBlock {
    id: ID! type: String! position: Int! content: String required: Boolean! updatedAt: DateTime!
  }
  type NewHire { id: ID! firstName: String! lastName: String! email: String! status: String! progress: Counts! }
  type Counts { pending: Int! inProgress: Int! completed: Int! }
`;

const resolvers = {
  DateTime: { serialize: (value) => value.toISOString() },
  Query: {
    flow: async (_, { id }, { tenant }) => (await rows(tenant, "flow", id))[0],
    flows: (_, { first }, { tenant }) => rows(tenant, "flows", first),
    newHires: (_, { first }, { tenant }) => rows(tenant, "hires", first),
    contentBlocks: (_, { first, after }, { tenant }) => rows(tenant, "blocks", first, after ?? FIRST),
  },
  Flow: { stages: ({ id }, _, { loaders }) => loaders.stages.load(id) },
  Stage: { contentBlocks: ({ id }, _, { loaders }) => loaders.blocks.load(id) },
  NewHire: { progress: ({ id }, _, { loaders }) => loaders.counts.load(id) },
};

const FIRST = "00000000-0000-0000-0000-000000000000";
const NOTHING = { pending: 0, inProgress: 0, completed: 0 };

/** The row of each key. */
function one(found, keys, key, missing) {
  const known = new Map(found.map((row) => [row[key], row]));
  return keys.map((each) => known.get(each) ?? missing);
}

/** The rows of each key, in the order in which they came. */
function many(found, keys, key) {
  const lists = new Map(keys.map((each) => [each, []]));
  for (const row of found) lists.get(row[key]).push(row);
  return keys.map((each) => lists.get(each));
}

/** The loaders of one request. */
class Loaders {
  constructor(tenant) {
    this.tenant = tenant;
    this.stages = this.by("stages", many, "flowId");
    this.blocks = this.by("blocksOf", many, "stageId");
    this.counts = this.by("counts", one, "hireId", NOTHING);
  }

  by(statement, spread, key, missing) {
    return new DataLoader(async (keys) => spread(await rows(this.tenant, statement, keys), keys, key, missing));
  }
}

const app = Fastify();
function context(request) {
  const tenant = tenantOf(request.headers);
  return { tenant, loaders: new Loaders(tenant) };
}
app.register(mercurius, { schema, resolvers, context, jit: 1 });
await app.listen({ port: 0, host: "127.0.0.1" });
tellPort(app.server);
