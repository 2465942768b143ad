// What the panel of deliveries works out: when to look again, which events to follow, and what it says of attempts.
const folder = process.argv[2];
const { lookAgainIn, typesOf } = await import(`${folder}/live/panels/deliveries.js`);
const { placeOf, told } = await import(`${folder}/signed_in/delivery.js`);
const { near } = await import(`${folder}/signed_in/times.js`);

const NOW = 1_000;
const at = (milliseconds) => new Date(milliseconds).toISOString();
const waiting = (nextAttemptAt, claimedUntil = null) => ({ status: "PENDING", nextAttemptAt: at(nextAttemptAt), claimedUntil });
const done = { status: "SUCCEEDED", attemptCount: 1, attempts: [{ httpStatus: 204, error: null, durationMs: 12 }] };
const refused = [{ httpStatus: null, error: "Refused.", durationMs: 1 }];
const failed = { status: "PENDING", attemptCount: 2, attempts: refused, claimedUntil: null, nextAttemptAt: at(500) };
const never = { attemptCount: 0, attempts: [] };
const active = (...events) => ({ status: "ACTIVE", events });
const many = Array.from({ length: 51 }, (_, number) => `a.b${number}`);

const looks = [
  [[done], 0],
  [[waiting(900)], 0],
  [[waiting(900)], 2],
  [[waiting(900)], 9],
  [[waiting(6_000), done], 3],
  [[waiting(900_000)], 0],
  [[waiting(9_000, at(9_000))], 1],
];
const said = [done, failed, { ...failed, claimedUntil: at(2_000) }, { ...never, status: "SKIPPED" }, { ...never, status: "DEAD" }];

console.log(
  JSON.stringify({
    looks: looks.map(([items, count]) => lookAgainIn(items, NOW, count)),
    types: [[active("b.*", "a.b"), active("a.b")], [{ status: "PAUSED", events: ["a.b"] }], [active(...many)]].map(typesOf),
    places: ["https://a.example/", "https://a.example:8443/in?x=1"].map(placeOf),
    said: said.map((each) => told(each, NOW)),
    near: [near(NOW, 2_000) === near(NOW, NOW), near(NOW, 200_000_000) === near(NOW, NOW)],
  }),
);
