// What each peer is told when it is started, and how it reads the token of a request.

import { createVerifier } from "fast-jwt";

export const told = JSON.parse(process.argv[2]);

export const pool = {
  connectionString: told.database_url,
  max: told.connections,
  min: told.connections,
  idleTimeoutMillis: 0, // else connections that were idle for ten seconds are made anew in the middle of a round
};

const read = createVerifier({
  key: Buffer.from(told.key, "base64"),
  algorithms: ["HS256"],
  checkTyp: "at+jwt",
  allowedIss: told.issuer,
  allowedAud: told.audience,
});

/** The tenant of a request, whose signature and times are verified each time. */
export function tenantOf(headers) {
  return read((headers.authorization ?? "").replace(/^Bearer /i, "")).tid;
}

export function tellPort(server) {
  process.stdout.write(`${server.address().port}\n`);
}
