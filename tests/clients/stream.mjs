// Watches a subscription with the stock client of graphql-sse, and writes each answer as a line of JSON.
// A stream that is lost is opened again by the client; `after` lets it go on where it was.
import { createClient } from "graphql-sse";

const [url, authorization, query, id, mode] = process.argv.slice(2);
const variables = { id };
const client = createClient({
  url,
  singleConnection: mode === "single",
  headers: () => (authorization ? { authorization } : {}),
  retryAttempts: 20,
  retry: () => new Promise((resolve) => setTimeout(resolve, 200)),
  on: { connected: () => console.log(JSON.stringify({ connected: true })) },
});
client.subscribe(
  { query, variables },
  {
    next: (answer) => {
      const [message] = Object.values(answer.data ?? {});
      if (message) variables.after = message.cursor;
      console.log(JSON.stringify(answer));
    },
    error: (error) => {
      console.log(JSON.stringify({ error: String(error) }));
      process.exit(1);
    },
    complete: () => {
      console.log(JSON.stringify({ complete: true }));
      process.exit(0);
    },
  },
);
