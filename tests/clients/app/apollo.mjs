import { readFileSync } from "node:fs";
import { ApolloClient, ApolloLink, HttpLink, InMemoryCache } from "@apollo/client";
import { PersistedQueryLink } from "@apollo/client/link/persisted-queries";
import { GraphQLWsLink } from "@apollo/client/link/subscriptions";
import { generatePersistedQueryIdsFromManifest } from "@apollo/persisted-query-lists";
import { createClient } from "graphql-ws";

const manifest = JSON.parse(readFileSync("persisted-query-manifest.json", "utf8"));

export function connect(url, authorization, name = "apollo-app") {
  const ids = new PersistedQueryLink(generatePersistedQueryIdsFromManifest({ loadManifest: () => manifest }));
  const http = new HttpLink({ uri: url, headers: { authorization, "graphql-client-name": name } });
  const sockets = createClient({
    url: url.replace("http", "ws"),
    connectionParams: { authorization, "graphql-client-name": name },
    // GraphQLWsLink sends the document beside its id; the id is enough
    jsonMessageReplacer: (key, value) =>
      key === "payload" && value.extensions?.persistedQuery ? { ...value, query: undefined } : value,
  });
  const watches = ({ operationType }) => operationType === "subscription";
  const wire = ApolloLink.split(watches, new GraphQLWsLink(sockets), http);
  return { client: new ApolloClient({ link: ids.concat(wire), cache: new InMemoryCache() }), sockets };
}
