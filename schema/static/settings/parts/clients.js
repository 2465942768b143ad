// Clients: programs that use the API, their versions, and the documents that each has registered.

import { h } from "../../signed_in/dom.js";
import { changes, form, given } from "../forms.js";
import { list, mark, pages, row } from "../lists.js";
import { asking, facts, moment, outright, section, worded } from "../pieces.js";
import { lead } from "../routing.js";
import { creation, detail, overview } from "../views.js";

const FIELDS = "id name kind description locked registersAutomatically";
const ALL = { field: "apiClients", filter: "ApiClientFilter", order: "[{ name: ASC }, { id: ASC }]", fields: `${FIELDS} versions(first: 1) { totalCount }` };
const ONE = `query Client($id: ID!) { apiClient(id: $id) { ${FIELDS} createdAt version } }`;
const VERSIONS = { field: "clientVersions", filter: "ClientVersionFilter", order: "[{ id: DESC }]", fields: "id name status createdAt documents(first: 1) { totalCount }" };
const VERSION = "query Version($id: ID!) { clientVersion(id: $id) { id name status createdAt client { id name } } }";
const DOCUMENTS = {
  field: "registeredDocuments",
  filter: "RegisteredDocumentFilter",
  order: "[{ documentId: ASC }, { id: ASC }]",
  fields: "id documentId hash operationKind price restMethod restPath text",
};
const KINDS = [{ value: "FRONTEND", name: "A program of ours" }, { value: "PARTNER", name: "A program of somebody else" }];
const TONES = { ACTIVE: "good", DRAFT: "warn", RETIRED: "quiet" };
const BACK = { name: "clients", address: "#/clients" };

export const clients = {
  id: "clients",
  name: "Clients",
  group: "Programs",
  isFor: (who) => who.may("clients.read"),
  show: (desk, [id, version]) => (id === "new" ? making(desk) : version ? documents(desk, version) : id ? client(desk, id) : all(desk)),
};

const kindOf = (kind) => KINDS.find(({ value }) => value === kind)?.name ?? kind;
const counted = (count, one, many) => (count === 1 ? `1 ${one}` : `${count} ${many}`);

function all(desk) {
  const entry = ({ id, name, kind, description, locked, versions }) =>
    row({ title: name, address: `#/clients/${id}`, about: [description, `${kindOf(kind)}, ${counted(versions.totalCount, "version", "versions")}`], marks: [locked && mark("Locked")] });
  const make = desk.who.may("clients.manage") && { name: "Add a client", address: "#/clients/new" };
  return overview(desk, { title: "Clients", of: ALL, entry, empty: "There is no client yet. A client is a program that uses the API and registers the documents that it sends.", make });
}

const fieldsOf = ({ kind = "FRONTEND", description, locked, registersAutomatically } = {}) => [
  { name: "kind", label: "What it is", kind: "choice", value: kind, required: true, options: KINDS },
  { name: "description", label: "What it does", value: description },
  { name: "locked", label: "It runs registered documents only", kind: "yes", value: locked },
  { name: "registersAutomatically", label: "It registers documents as it sends them", kind: "yes", value: registersAutomatically },
];

function making(desk) {
  const made = form({
    label: "Add a client",
    fields: [{ name: "name", label: "Name", required: true, hint: "What the program calls itself, as in shop-frontend. It stays." }, ...fieldsOf()],
    submit: "Add the client",
    said: "The client is added.",
    send: (values) => desk.act("createApiClient", given(values), "apiClient { id }"),
    done: ({ apiClient }) => lead(`#/clients/${apiClient.id}`),
    cancel: () => lead("#/clients"),
  });
  return creation("Add a client", BACK, made.element);
}

function client(desk, id) {
  const show = (found, again) => [versionsOf(desk, found), desk.who.may("clients.manage") ? edited(desk, found, again) : told(found)];
  return detail({ back: BACK, load: async () => (await desk.ask(ONE, { id })).apiClient, name: (found) => found.name, show });
}

const told = ({ kind, description, locked }) => section("About", facts([["What it is", kindOf(kind)], ["What it does", description], ["Runs registered documents only", locked ? "yes" : "no"]]));

/** What lets the documents of a version be run, or ends that. */
function moved(desk, { id, status }, again) {
  if (!desk.who.may("clients.manage")) return null;
  if (status !== "ACTIVE") return outright("Activate", () => desk.act("activateClientVersion", { id }), again, "The version is active.");
  const retire = { title: "Retire this version?", words: "Its documents are found no more, but those that another active version has too. You can activate it again.", send: () => desk.act("retireClientVersion", { id }), said: "The version is retired." };
  return asking("Retire", retire, again);
}

function versionsOf(desk, { id: clientId }) {
  const load = pages(desk, VERSIONS, () => ({ clientId: { eq: clientId } }));
  const entry = ({ id, name, status, createdAt, documents: held }) =>
    row({
      title: name,
      address: `#/clients/${clientId}/${id}`,
      about: [h("span", {}, counted(held.totalCount, "document", "documents"), ", made ", moment(createdAt))],
      marks: [mark(worded(status), TONES[status])],
      acts: [moved(desk, { id, status }, () => found.again())],
    });
  const found = list({ label: "Versions", load, row: entry, empty: "It has published nothing yet: workgraph documents publish does that, or publishDocuments." });
  return section("Versions", found.element);
}

function edited(desk, found, again) {
  const { id, name, version } = found;
  const change = form({
    label: "Change the client",
    fields: fieldsOf(found),
    submit: "Save",
    said: "Saved.",
    send: (values) => desk.act("updateApiClient", { id, expectedVersion: version, ...changes(values, found) }, "apiClient { id }"),
    done: again,
  });
  const gone = { title: `Delete ${name}?`, words: "Its versions, documents and keys are gone for good.", send: () => desk.act("deleteApiClient", { id }), said: `${name} is deleted.` };
  return section("About", change.element, h("div", { class: "acts below" }, asking("Delete the client", gone, () => lead("#/clients"))));
}

function documents(desk, id) {
  const load = pages(desk, DOCUMENTS, (text) => ({ clientVersionId: { eq: id }, ...(text && { documentId: { icontains: text } }) }));
  const show = (version, again) => {
    const found = list({ label: "Documents", load, row: documentRow, search: "Search by id", empty: "It has no document." });
    const stands = h("div", { class: "acts" }, mark(worded(version.status), TONES[version.status]), moved(desk, version, again));
    const client = h("a", { href: `#/clients/${version.client.id}` }, `All of ${version.client.name}`);
    return [section("Documents", h("p", {}, client), stands, found.element)];
  };
  return detail({ back: BACK, load: async () => (await desk.ask(VERSION, { id })).clientVersion, name: ({ client: { name }, name: version }) => `${name} ${version}`, show });
}

function documentRow({ documentId, hash, operationKind, price, restMethod, restPath, text }) {
  const name = h("code", { class: "type" }, documentId);
  const costs = price === null ? worded(operationKind) : `${worded(operationKind)}, at most ${price} points`;
  const rest = restPath && h("p", { class: "faint" }, `${restMethod} ${restPath}`);
  const fold = h("details", { class: "fold" }, h("summary", {}, "Text"), h("pre", { tabindex: "0", "aria-label": `Text of ${documentId}` }, text), h("p", { class: "faint" }, `sha256:${hash}`));
  return h("li", { class: "row tall" }, h("div", { class: "what" }, h("p", {}, name), h("p", { class: "faint" }, costs), rest || null, fold));
}
