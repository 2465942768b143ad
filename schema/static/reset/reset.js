// Sends the token that stands behind "#" in the address, with the password, and nowhere else. The token is taken out of
// the address bar at once, so that it is not in the history, and is kept for this page only.

const MUTATION = `mutation Choose($input: ResetPasswordInput!) {
  resetPassword(input: $input) { refusals { code message } }
}`;
const SHORTEST = 10;
const ENDED = "This link is not valid any more. Ask for a new one, or let whoever invited you send another.";
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

function complain(text) {
  at("wrong").textContent = text;
  at("password").setAttribute("aria-invalid", String(Boolean(text)));
  if (text) at("password").focus();
}

function wait(on) {
  at("send").setAttribute("aria-disabled", String(on));
  at("send").textContent = on ? "One moment …" : "Set the password";
}

async function asked(password) {
  const response = await fetch("/graphql", {
    method: "POST",
    headers: { "content-type": "application/json", accept: "application/json" },
    body: JSON.stringify({ query: MUTATION, variables: { input: { token, password } } }),
    credentials: "omit",
    referrerPolicy: "no-referrer",
  });
  return response.json();
}

function answer({ data, errors }) {
  if (errors?.length) return complain(errors[0].message);
  const [refusal] = data.resetPassword.refusals;
  if (!refusal) return end("Your password is set", "You can sign in with it now. Close this page.");
  if (refusal.code === "INVALID_LINK") return end("This link has ended", ENDED);
  return complain(refusal.message);
}

at("show").addEventListener("change", (event) => {
  at("password").type = event.target.checked ? "text" : "password";
});

at("form").addEventListener("submit", async (event) => {
  event.preventDefault();
  if (at("send").getAttribute("aria-disabled") === "true") return;
  const password = at("password").value;
  if (password.length < SHORTEST) return complain(`A password has at least ${SHORTEST} characters.`);
  complain("");
  wait(true);
  try {
    answer(await asked(password));
  } catch {
    complain(AWAY);
  } finally {
    wait(false);
  }
});

if (!token) end("This link has ended", ENDED);
