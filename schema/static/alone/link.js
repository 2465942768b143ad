// What pages have in common that are opened with a mailed link: one form, sent once at a time.
// The token stands behind "#" in the address. It is taken out of the address bar at once, so that it is not in the history,
// is kept for this page only, and is sent nowhere but to the API.

const AWAY = "The server cannot be reached at the moment. Nothing was changed; try again.";
const token = location.hash.slice(1);
history.replaceState(null, "", location.pathname);

export const at = (id) => document.getElementById(id);

function end(title, text) {
  at("form").hidden = true;
  at("title").textContent = title;
  at("said").textContent = text;
  at("title").focus();
}

async function asked(query, input) {
  const response = await fetch("/graphql", {
    method: "POST",
    headers: { "content-type": "application/json", accept: "application/json" },
    body: JSON.stringify({ query, variables: { input: { token, ...input } } }),
    credentials: "omit",
    referrerPolicy: "no-referrer",
  });
  return response.json();
}

function answered({ data, errors }, { done, ended, complain }) {
  if (errors?.length) return complain(errors[0].message);
  const [refusal] = Object.values(data)[0].refusals;
  if (!refusal) return end(...done);
  if (refusal.code === "INVALID_LINK") return end("This link has ended", ended);
  return complain(refusal.message);
}

/** Send what `input` returns with the token; nothing where it returns nothing. `done` is the title and text at the end. */
export function sends({ mutation, input, done, ended, complain }) {
  const label = at("send").textContent;
  const wait = (on) => {
    at("send").setAttribute("aria-disabled", String(on));
    at("send").textContent = on ? "One moment …" : label;
  };
  at("form").addEventListener("submit", async (event) => {
    event.preventDefault();
    if (at("send").getAttribute("aria-disabled") === "true") return;
    const given = input();
    if (!given) return;
    complain("");
    wait(true);
    try {
      answered(await asked(mutation, given), { done, ended, complain });
    } catch {
      complain(AWAY);
    } finally {
      wait(false);
    }
  });
  if (!token) end("This link has ended", ended);
}
