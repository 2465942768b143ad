// Watches a subscription as a page does, with an EventSource and nothing else, and writes each answer as a line of JSON.
const [url, authorization, query, id] = process.argv.slice(2);
const answer = await fetch(`${url}/stream/token`, { method: "POST", headers: { authorization } });
const { token } = await answer.json();
const address = new URL(url);
address.search = new URLSearchParams({ query, variables: JSON.stringify({ id }), streamToken: token });

const source = new EventSource(address);
setInterval(() => {}, 60_000); // a page stays open
source.onopen = () => console.log(JSON.stringify({ connected: true }));
source.addEventListener("next", (event) => console.log(event.data));
source.addEventListener("complete", () => {
  console.log(JSON.stringify({ complete: true }));
  source.close();
});
