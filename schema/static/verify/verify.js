// Sends the token that stands behind "#" in the address, once the button is pressed, and nowhere else. The token is taken
// out of the address bar at once, so that it is not in the history, and is kept for this page only.

const MUTATION = `mutation Verify($input: VerifyEmailInput!) {
  verifyEmail(input: $input) { refusals { code message } }
}`;
const ENDED = "This link is not valid any more. Sign in and ask for a new one.";
const AWAY = "The server cannot be reached at the moment. Nothing was changed; try again.";

const at = (id) => document.getElementById(id);
const token = location.hash.slice(1);
history.replaceState(null, "", location.pathname);

function end(title, text) {
  at("form").hidden = true;
  at("title").textContent = title;
  at("said").textContent = text;
  at("title").focus();
}

function wait(on) {
  at("send").setAttribute("aria-disabled", String(on));
  at("send").textContent = on ? "One moment …" : "Confirm the address";
}

async function asked() {
  const response = await fetch("/graphql", {
    method: "POST",
    headers: { "content-type": "application/json", accept: "application/json" },
    body: JSON.stringify({ query: MUTATION, variables: { input: { token } } }),
    credentials: "omit",
    referrerPolicy: "no-referrer",
  });
  return response.json();
}

function answer({ data, errors }) {
  if (errors?.length) return (at("wrong").textContent = errors[0].message);
  const [refusal] = data.verifyEmail.refusals;
  if (!refusal) return end("Your address is confirmed", "Close this page. If you asked for another address, sign in with it from now on.");
  if (refusal.code === "INVALID_LINK") return end("This link has ended", ENDED);
  return (at("wrong").textContent = refusal.message);
}

at("form").addEventListener("submit", async (event) => {
  event.preventDefault();
  if (at("send").getAttribute("aria-disabled") === "true") return;
  at("wrong").textContent = "";
  wait(true);
  try {
    answer(await asked());
  } catch {
    at("wrong").textContent = AWAY;
  } finally {
    wait(false);
  }
});

if (!token) end("This link has ended", ENDED);
