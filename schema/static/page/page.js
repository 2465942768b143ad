// GraphiQL over this very address, with a bar that signs in.
// The access token lives in this tab's sessionStorage only: it is never written into the headers editor or localStorage.
"use strict";

(() => {
  const ENDPOINT = window.location.pathname;
  const STORED = "workgraph.session";

  const LOGIN = `mutation Login($input: LoginInput!) {
  login(input: $input) {
    session { accessToken }
    refusals { code message }
  }
}`;

  const element = (id) => document.getElementById(id);
  const form = element("sign-in");
  const root = ReactDOM.createRoot(element("graphiql"));

  // A company is named by its hostname; where one address serves several, this header says which.
  const company = (tenant) => (tenant ? { "X-Workgraph-Tenant": tenant } : {});

  const stored = () => JSON.parse(window.sessionStorage.getItem(STORED) ?? "null");
  const store = (session) =>
    session ? window.sessionStorage.setItem(STORED, JSON.stringify(session)) : window.sessionStorage.removeItem(STORED);

  async function post(body, headers) {
    const response = await fetch(ENDPOINT, {
      method: "POST",
      credentials: "same-origin",
      headers: {
        "Content-Type": "application/json",
        Accept: "application/graphql-response+json, application/json;q=0.9",
        ...headers,
      },
      body: JSON.stringify(body),
    });
    const text = await response.text();
    try {
      return JSON.parse(text);
    } catch {
      return { errors: [{ message: `The server answered ${response.status} ${response.statusText}`.trim() }] };
    }
  }

  const isSubscription = ({ operationName }, options) =>
    options?.documentAST?.definitions.some(
      ({ operation, name }) => operation === "subscription" && (!operationName || name?.value === operationName),
    );

  // graphql-transport-ws, for one subscription: browsers send no headers here, so the first message signs in.
  const watch = (payload, said) => ({
    subscribe(observer) {
      const socket = new WebSocket(`${location.origin.replace(/^http/, "ws")}${ENDPOINT}`, "graphql-transport-ws");
      const send = (message) => socket.send(JSON.stringify(message));
      socket.onopen = () => send({ type: "connection_init", payload: said });
      socket.onmessage = ({ data }) => {
        const message = JSON.parse(data);
        if (message.type === "connection_ack") send({ id: "1", type: "subscribe", payload });
        if (message.type === "ping") send({ type: "pong" });
        if (message.type === "next") observer.next(message.payload);
        if (message.type === "error") observer.next({ errors: message.payload });
        if (message.type === "error" || message.type === "complete") socket.close(1000);
      };
      socket.onclose = ({ code, reason }) => {
        if (code !== 1000) observer.next({ errors: [{ message: reason || `The connection was closed (${code}).` }] });
        observer.complete();
      };
      return { unsubscribe: () => socket.close(1000) };
    },
  });

  const fetcherFor = (session) => (request, options) => {
    const headers = {
      ...company(form.elements.tenant.value),
      ...(session && { Authorization: `Bearer ${session.token}` }),
      ...options?.headers,
    };
    const { query, variables, operationName } = request;
    return isSubscription(request, options)
      ? watch({ query, variables, operationName }, headers)
      : post(request, headers);
  };

  // A new fetcher makes GraphiQL read the schema again, as the person who is now signed in.
  function draw(session) {
    form.hidden = Boolean(session);
    if (session) form.elements.tenant.value = session.tenant;
    element("signed-in").hidden = !session;
    element("who").textContent = session ? [session.email, session.tenant].filter(Boolean).join(" · ") : "";
    root.render(
      React.createElement(GraphiQL, {
        fetcher: fetcherFor(session),
        defaultTabs: EXAMPLES.map((query) => ({ query })),
        shouldPersistHeaders: false,
      }),
    );
  }

  async function signIn({ email, password, tenant }) {
    const variables = { input: { email, password } };
    const { data, errors } = await post({ query: LOGIN, operationName: "Login", variables }, company(tenant));
    const refusal = errors?.[0] ?? data.login.refusals[0];
    if (refusal) throw new Error(refusal.message);
    return { token: data.login.session.accessToken, email, tenant };
  }

  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const button = form.querySelector("button");
    element("refusal").textContent = "";
    button.disabled = true;
    try {
      const session = await signIn(Object.fromEntries(new FormData(form)));
      store(session);
      form.elements.password.value = "";
      draw(session);
    } catch (problem) {
      element("refusal").textContent = problem.message;
    } finally {
      button.disabled = false;
    }
  });

  element("sign-out").addEventListener("click", () => {
    store(null);
    draw(null);
  });

  draw(stored());
})();
