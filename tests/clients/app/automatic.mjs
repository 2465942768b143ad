import { createHash } from "node:crypto";
import { ApolloClient, HttpLink, InMemoryCache } from "@apollo/client";
import { PersistedQueryLink } from "@apollo/client/link/persisted-queries";

const sha256 = (text) => createHash("sha256").update(text).digest("hex");

export function connect(url, authorization, name = "automatic-app") {
  const hashes = new PersistedQueryLink({ sha256, useGETForHashedQueries: true });
  const http = new HttpLink({ uri: url, headers: { authorization, "graphql-client-name": name } });
  return new ApolloClient({ link: hashes.concat(http), cache: new InMemoryCache() });
}
