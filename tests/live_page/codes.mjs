// The page's client of graphql-transport-ws without a server: what it does of each code, and of silence.
const folder = process.argv[2];
const { Socket } = await import(`${folder}/live/socket.js`);
const { Ended } = await import(`${folder}/signed_in/session.js`);
const { Away } = await import(`${folder}/signed_in/api.js`);

let opened = null;
globalThis.location = { origin: "http://here.example" };
globalThis.WebSocket = class {
  constructor() {
    this.sent = [];
    opened = this;
  }
  send(text) {
    this.sent.push(JSON.parse(text));
  }
  close() {}
};

async function connected(authorization = async () => "Bearer x") {
  const told = [];
  const socket = new Socket({ authorization, told: (what) => told.push(what) });
  await socket.connect();
  const wire = opened;
  wire?.onopen();
  wire?.onmessage({ data: '{"type":"connection_ack"}' });
  return { socket, wire, told };
}

const saw = { codes: {}, asked: [], states: [] };
for (const [code, reason] of [[1000], [1006], [1011], [1012], [1013], [4408], [1009], [4400], [4401], [4406], [4409], [4429], [4403], [4403, "FORBIDDEN: changed"]]) {
  const { socket, wire, told } = await connected();
  wire.onclose({ code, reason: reason ?? "" });
  saw.codes[reason ? "4403 FORBIDDEN" : code] = { state: told.at(-1).state, anew: socket.anew };
  socket.close();
}

const clock = Date.now;
let passed = 0;
Date.now = () => clock() + passed;
const { socket, wire, told } = await connected();
saw.states.push(told[0].state, told[1].state);
for (const seconds of [15, 10, 12]) {
  passed += seconds * 1000;
  socket.look();
  saw.states.push(told.at(-1).state);
  saw.asked.push(wire.sent.some(({ type }) => type === "ping"));
}
socket.close();

const other = await connected();
passed += 25_000;
other.socket.look();
other.wire.onmessage({ data: '{"type":"pong"}' });
passed += 15_000;
other.socket.look();
saw.answered = other.told.at(-1).state;
other.socket.close();

opened = null;
const ended = await connected(async () => {
  throw new Ended("over");
});
saw.over = ended.told.map(({ state }) => state);
ended.socket.close();
const away = await connected(async () => {
  throw new Away("away", 7);
});
saw.late = Math.round((away.told.at(-1).until - Date.now()) / 1000) * 1000;
away.socket.close();
console.log(JSON.stringify(saw));
