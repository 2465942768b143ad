// The steps that every client goes: a query, three mutations, two pages, a subscription, and a document of its own.
import { readFileSync } from "node:fs";
import { parse } from "graphql";

const brought = [];
const send = globalThis.fetch;
globalThis.fetch = (address, options) => {
  const asked = options?.body ?? new URL(address).search;
  if (/query\W{1,3}(query|mutation|subscription)/.test(asked)) brought.push(asked);
  return send(address, options);
};

export const text = (name) => readFileSync(`src/${name}.graphql`, "utf8");
export const document = (name) => parse(text(name));

/** The codes of a refusal, however the client hands it over. */
export function codesOf(error) {
  const errors = error.errors ?? error.graphQLErrors ?? error.result?.errors ?? parsed(error.bodyText)?.errors;
  return errors?.map((each) => each.extensions?.code) ?? String(error);
}

const parsed = (body) => (body ? JSON.parse(body) : undefined);

export async function walked(tool, { query, mutate, subscribe, adHoc }) {
  const { company } = await query("Company", {});
  const made = [];
  for (const number of [1, 3, 2]) {
    const { createFlow } = await mutate("CreateFlow", { input: { name: `${tool} ${number}`, durationDays: 7 } });
    made.push(createFlow.flow.id);
  }
  const where = { name: { startsWith: `${tool} ` } };
  const { flows: first } = await query("Flows", { where });
  const { flows: second } = await query("Flows", { where, after: first.pageInfo.endCursor });
  const pages = [first, second].map((page) => page.nodes.map((flow) => flow.name));
  const board = await watched(subscribe, mutate, made[0], `${tool} renamed`);
  const byText = brought.length;
  const refused = await adHoc("query Own { company { timezone } }");
  console.log(JSON.stringify({ company: company.name, pages, board, byText, refused }));
}

/** The names that a subscription tells of a flow: as it is, and as it is called by a mutation meanwhile. */
function watched(subscribe, mutate, id, renamed) {
  return new Promise((done, failed) => {
    const seen = [];
    const end = subscribe("Board", { id }, ({ onboardingBoard }) => {
      seen.push(onboardingBoard.state.flowName);
      if (seen.length === 1) mutate("RenameFlow", { input: { id, name: renamed } }).catch(failed);
      if (onboardingBoard.state.flowName === renamed) {
        setTimeout(() => (end(), done(seen)));
      }
    }, failed);
  });
}
