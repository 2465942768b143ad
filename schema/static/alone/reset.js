// Sends the password with the token of the link.
import { at, sends } from "./link.js";

const SHORTEST = 10;

function complain(text) {
  at("wrong").textContent = text;
  at("password").setAttribute("aria-invalid", String(Boolean(text)));
  if (text) at("password").focus();
}

function input() {
  const password = at("password").value;
  if (password.length >= SHORTEST) return { password };
  complain(`A password has at least ${SHORTEST} characters.`);
  return null;
}

at("show").addEventListener("change", (event) => {
  at("password").type = event.target.checked ? "text" : "password";
});

sends({
  mutation: "mutation Choose($input: ResetPasswordInput!) { resetPassword(input: $input) { refusals { code message } } }",
  input,
  done: ["Your password is set", "You can sign in with it now. Close this page."],
  ended: "This link is not valid any more. Ask for a new one, or let whoever invited you send another.",
  complain,
});
