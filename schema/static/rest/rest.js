// The documentation of the REST addresses: what openapi.json says, shown for people. Nothing is sent but the request for it.

import { body, curl, h, parameters, tree } from "./parts.js";

const METHODS = ["get", "post", "put", "patch", "delete"];
const at = (id) => document.getElementById(id);

/** Show one operation; what is inside is made when it is first opened. */
function shown(openapi, path, method, operation) {
  const inside = h("div", {});
  const element = h(
    "details",
    { class: "operation", id: operation.operationId },
    h(
      "summary",
      {},
      h("span", { class: "method" }, method.toUpperCase()),
      h("code", {}, path),
      h("span", { class: "faint" }, ` ${operation.summary}`),
    ),
    inside,
  );
  const fill = () => inside.childElementCount || inside.append(...told(openapi, path, method, operation));
  element.addEventListener("toggle", () => element.open && fill());
  const text = `${method} ${path} ${operation.summary} ${operation.operationId} ${operation["x-graphql"]}`.toLowerCase();
  return { element, text };
}

function told(openapi, path, method, operation) {
  const given = operation.requestBody?.content["application/json"].schema;
  const answers = Object.entries(operation.responses).filter(([status]) => status.startsWith("2"));
  return [
    ...operation.description.split("\n\n").map((text) => h("p", {}, text)),
    h("p", { class: "faint" }, `GraphQL: ${operation["x-graphql"]}`),
    h("pre", {}, curl(openapi, path, method, operation)),
    ...(operation.parameters.length ? [h("h3", {}, "Parameters"), parameters(openapi, operation.parameters)] : []),
    ...(given ? [h("h3", {}, "Body"), tree(openapi, given)] : []),
    ...answers.flatMap(([status, answer]) => [
      h("h3", {}, `${status} – ${answer.description}`),
      ...(body(answer) ? [tree(openapi, body(answer))] : []),
    ]),
  ];
}

function find(all, wanted) {
  const words = wanted.toLowerCase().split(/\s+/).filter(Boolean);
  let count = 0;
  for (const { element, text } of all) {
    element.hidden = !words.every((word) => text.includes(word));
    count += element.hidden ? 0 : 1;
  }
  for (const section of document.querySelectorAll("section")) {
    section.hidden = !section.querySelector("details.operation:not([hidden])");
  }
  at("count").textContent = `${count} of ${all.length} addresses`;
}

async function begin() {
  const answer = await fetch("/rest/openapi.json");
  const openapi = await answer.json();
  at("programs").append(
    h("a", { href: "/rest/openapi.json" }, "OpenAPI 3.1"),
    ", ",
    h("a", { href: "/rest/postman.json", download: "workgraph.postman.json" }, "Postman"),
  );
  const all = [];
  for (const { name } of openapi.tags) {
    const section = h("section", {}, h("h2", {}, name));
    for (const [path, methods] of Object.entries(openapi.paths)) {
      for (const method of METHODS.filter((each) => methods[each]?.tags.includes(name))) {
        all.push(shown(openapi, path, method, methods[method]));
        section.append(all.at(-1).element);
      }
    }
    at("main").append(section);
  }
  at("find").addEventListener("input", (event) => find(all, event.target.value));
  find(all, "");
  const named = location.hash && document.getElementById(decodeURIComponent(location.hash.slice(1)));
  if (named) (named.open = true), named.scrollIntoView();
}

begin().catch(() => at("main").append(h("p", {}, "The description cannot be loaded at the moment. Load the page again.")));
