// Sends the token of the link, once the button is pressed.
import { at, sends } from "./link.js";

sends({
  mutation: "mutation Verify($input: VerifyEmailInput!) { verifyEmail(input: $input) { refusals { code message } } }",
  input: () => ({}),
  done: ["Your address is confirmed", "Close this page. If you asked for another address, sign in with it from now on."],
  ended: "This link is not valid any more. Sign in and ask for a new one.",
  complain: (text) => (at("wrong").textContent = text),
});
