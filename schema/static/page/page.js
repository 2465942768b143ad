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

  const READ = `# Sign in above, then press Ctrl-Enter to run this.
# Ctrl-Space completes what you type; the book on the left holds every description.
query Flows {
  flows(first: 10, orderBy: [{ name: ASC }]) {
    totalCount
    nodes {
      id
      name
      status
      stages {
        nodes {
          id
          name
          position
          contentBlocks { nodes { id } }
        }
      }
    }
  }
}
`;

  const WRITE = `# A mutation that is refused says why in \`refusals\`; nothing is changed then.
mutation CreateFlow {
  createFlow(input: { name: "First weeks", durationDays: 30 }) {
    flow { id name status }
    refusals { code message }
  }
}
`;

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

  const fetcherFor = (session) => (request, options) =>
    post(request, {
      ...company(form.elements.tenant.value),
      ...(session && { Authorization: `Bearer ${session.token}` }),
      ...options?.headers,
    });

  // A new fetcher makes GraphiQL read the schema again, as the person who is now signed in.
  function draw(session) {
    form.hidden = Boolean(session);
    if (session) form.elements.tenant.value = session.tenant;
    element("signed-in").hidden = !session;
    element("who").textContent = session ? [session.email, session.tenant].filter(Boolean).join(" · ") : "";
    root.render(
      React.createElement(GraphiQL, {
        fetcher: fetcherFor(session),
        defaultTabs: [{ query: READ }, { query: WRITE }],
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
