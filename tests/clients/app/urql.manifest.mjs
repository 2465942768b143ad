// Writes persisted.json: each document as urql sends it, under its hash. node urql.manifest.mjs src/*.graphql
import { createHash } from "node:crypto";
import { readFileSync, writeFileSync } from "node:fs";
import { formatDocument, gql, stringifyDocument } from "@urql/core";

const documents = {};
for (const file of process.argv.slice(2)) {
  const document = gql(readFileSync(file, "utf8"));
  // cacheExchange adds `__typename` to queries and mutations, and leaves subscriptions as they are
  const isSubscription = document.definitions[0].operation === "subscription";
  const text = stringifyDocument(isSubscription ? document : formatDocument(document));
  documents[createHash("sha256").update(text).digest("hex")] = text;
}
writeFileSync("persisted.json", JSON.stringify(documents, null, 2));
