import { Client, cacheExchange, fetchExchange, subscriptionExchange } from "@urql/core";
import { persistedExchange } from "@urql/exchange-persisted";
import { createClient } from "graphql-ws";

export function connect(url, authorization, name = "urql-app") {
  const headers = { authorization, "graphql-client-name": name };
  const sockets = createClient({ url: url.replace("http", "ws"), connectionParams: headers });
  const client = new Client({
    url,
    fetchOptions: { headers },
    exchanges: [
      cacheExchange,
      persistedExchange({ enforcePersistedQueries: true, enableForMutation: true, enableForSubscriptions: true }),
      subscriptionExchange({
        forwardSubscription: ({ query = "", variables, extensions }) => ({
          subscribe: (sink) => ({ unsubscribe: sockets.subscribe({ query, variables, extensions }, sink) }),
        }),
      }),
      fetchExchange,
    ],
  });
  return { client, sockets };
}
