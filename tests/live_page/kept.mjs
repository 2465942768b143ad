// The session of a page that is left and come back to: the tab keeps it meanwhile, and another page may have renewed or ended it.
const folder = process.argv[2];
const listeners = {};
const stored = new Map();
globalThis.addEventListener = (name, listener) => (listeners[name] = listener);
globalThis.sessionStorage = { getItem: (key) => stored.get(key) ?? null, setItem: (key, text) => stored.set(key, text), removeItem: (key) => stored.delete(key) };
const { Session } = await import(`${folder}/signed_in/session.js`);

const later = new Date(Date.now() + 600_000).toISOString();
const one = (accessToken) => ({ accessToken, expiresAt: later, refreshToken: "refresh" });
const saw = { kept: [], wentOn: [], over: [] };
const kept = () => saw.kept.push([...stored.values()].map((text) => JSON.parse(text).session.accessToken)[0] ?? null);

const session = new Session("acme", one("first"));
session.over = ({ message }) => saw.over.push(message);
listeners.pageshow({ persisted: false });
kept();
listeners.pagehide();
kept();
listeners.resume();
listeners.pageshow({ persisted: true });
kept();
saw.wentOn.push(await session.authorization());

listeners.pagehide();
for (const [key, text] of stored) stored.set(key, JSON.stringify({ ...JSON.parse(text), session: one("second") }));
listeners.pageshow({ persisted: true });
saw.wentOn.push(await session.authorization());

listeners.pagehide();
stored.clear();
listeners.pageshow({ persisted: true });
clearTimeout(session.timer);
console.log(JSON.stringify(saw));
