// The parts of an operation: its parameters, its schemas, and how it is called.

const DEEPEST = 8;

/** Make an element; text in it can only ever be text. */
export function h(name, given = {}, ...children) {
  const element = document.createElement(name);
  for (const [key, value] of Object.entries(given)) {
    if (key === "class") element.className = value;
    else element.setAttribute(key, value);
  }
  element.append(...children);
  return element;
}

/** Return what a schema refers to. */
function resolved(openapi, schema) {
  return schema.$ref ? openapi.components.schemas[schema.$ref.split("/").at(-1)] : schema;
}

/** Say in a word what a schema takes. */
function kind(openapi, schema) {
  if (schema.$ref) return schema.$ref.split("/").at(-1);
  if (schema.anyOf) return schema.anyOf.map((each) => kind(openapi, each)).join(" or ");
  if (schema.oneOf) return "one of several";
  if (schema.type === "array") return `list of ${kind(openapi, schema.items)}`;
  if ("const" in schema) return JSON.stringify(schema.const);
  const named = [schema.type ?? "any JSON"].flat().join(" or ");
  return schema.format ? `${named} (${schema.format})` : named;
}

/** Return the answer's schema. */
export function body(answer) {
  return answer.content?.["application/json"]?.schema;
}

/** Show the parameters of an operation. */
export function parameters(openapi, all) {
  const rows = all.map((each) => {
    const schema = each.schema ?? each.content["application/json"].schema;
    const note = each.content ? "JSON: " : "";
    return h(
      "tr",
      {},
      h("td", {}, h("code", {}, each.name), each.required ? " *" : ""),
      h("td", {}, each.in),
      h("td", {}, note + kind(openapi, schema)),
      h("td", {}, each.description ?? ""),
    );
  });
  const head = h("tr", {}, ...["Name", "In", "Type", "Meaning"].map((text) => h("th", { scope: "col" }, text)));
  return h("table", {}, h("thead", {}, head), h("tbody", {}, ...rows));
}

/** Show a schema as a tree; what is below a named type is shown when it is opened. */
export function tree(openapi, schema, depth = 0) {
  const whole = resolved(openapi, schema);
  if (whole.enum) return h("p", { class: "faint" }, whole.enum.join(", "));
  if (whole.type === "array" || whole.type?.[0] === "array") return tree(openapi, whole.items, depth);
  const options = whole.anyOf ?? whole.oneOf;
  if (options) return h("div", {}, ...options.filter((each) => each.type !== "null").map((each) => tree(openapi, each, depth)));
  if (!whole.properties || depth > DEEPEST) return h("p", { class: "faint" }, kind(openapi, schema));
  const needed = new Set(whole.required ?? []);
  const items = Object.entries(whole.properties).map(([name, each]) => field(openapi, name, each, needed.has(name), depth));
  return h("ul", { class: "tree" }, ...items);
}

function field(openapi, name, schema, needed, depth) {
  const line = [h("code", {}, name), needed ? " * " : " ", h("span", { class: "faint" }, kind(openapi, schema))];
  if (schema.description) line.push(` – ${schema.description}`);
  if (!below(openapi, schema)) return h("li", {}, ...line);
  const inside = h("div", {});
  const element = h("details", {}, h("summary", {}, ...line), inside);
  element.addEventListener("toggle", () => {
    if (element.open && !inside.childElementCount) inside.append(tree(openapi, schema, depth + 1));
  });
  return h("li", {}, element);
}

/** Tell whether there is more to show of a value. */
function below(openapi, schema) {
  const whole = resolved(openapi, schema);
  const options = whole.anyOf ?? whole.oneOf ?? (whole.items ? [whole.items] : []);
  return Boolean(whole.properties || whole.enum) || options.some((each) => below(openapi, each));
}

/** Return a command that calls an operation. */
export function curl(openapi, path, method, operation) {
  const address = `${location.origin}${openapi.servers[0].url}${path}`;
  const lines = [`curl -X ${method.toUpperCase()} '${address}'`];
  if (operation.security.length) lines.push("-H 'authorization: Bearer <token>'");
  const schema = operation.requestBody?.content["application/json"].schema;
  if (schema) {
    const needed = resolved(openapi, schema).required ?? [];
    const given = Object.fromEntries(needed.map((name) => [name, "…"]));
    lines.push("-H 'content-type: application/json'", `-d '${JSON.stringify(given)}'`);
  }
  return lines.join(" \\\n  ");
}
