// What an app does with Apollo Client, by the ids of its manifest alone. node apollo.walk.mjs URL AUTHORIZATION
import { ApolloClient, HttpLink, InMemoryCache, gql } from "@apollo/client";
import { connect } from "./apollo.mjs";
import { codesOf, document, walked } from "./walking.mjs";

const [url, authorization] = process.argv.slice(2);
const { client, sockets } = connect(url, authorization);

await walked("Apollo", {
  query: async (name, variables) => (await client.query({ query: document(name), variables })).data,
  mutate: async (name, variables) => (await client.mutate({ mutation: document(name), variables })).data,
  subscribe: (name, variables, next, error) => {
    const messages = client.subscribe({ query: document(name), variables });
    const seat = messages.subscribe({ next: ({ data, error: wrong }) => (wrong ? error(wrong) : next(data)), error });
    return () => seat.unsubscribe();
  },
  adHoc: (own) => {
    const link = new HttpLink({ uri: url, headers: { authorization, "graphql-client-name": "apollo-app" } });
    const plain = new ApolloClient({ link, cache: new InMemoryCache() });
    return plain.query({ query: gql(own) }).then(({ data }) => ({ data }), codesOf);
  },
});
client.stop();
await sockets.dispose();
