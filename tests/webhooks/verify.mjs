// Verifies a message with the package svix, as a receiver would: the secret is an argument, the message stands on stdin.
import { Webhook } from "svix";

const chunks = [];
for await (const chunk of process.stdin) chunks.push(chunk);
const { headers, body } = JSON.parse(Buffer.concat(chunks).toString());
console.log(JSON.stringify(new Webhook(process.argv[2]).verify(body, headers)));
