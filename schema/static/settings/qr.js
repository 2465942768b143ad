// A text as a QR code (ISO/IEC 18004): bytes, error correction of level M, versions 1 to 15, which is up to 412 bytes.

import { drawn } from "../signed_in/dom.js";

const CORRECTION = [10, 16, 26, 18, 24, 16, 18, 22, 22, 26, 30, 22, 22, 24, 24]; // codewords for each block, by version
const BLOCKS = [1, 1, 1, 2, 2, 4, 4, 4, 5, 5, 5, 8, 9, 9, 10];
const LEVEL_M = 0;
const QUIET = 4;
const MASKS = [
  (x, y) => (x + y) % 2,
  (x, y) => y % 2,
  (x) => x % 3,
  (x, y) => (x + y) % 3,
  (x, y) => (Math.floor(x / 3) + Math.floor(y / 2)) % 2,
  (x, y) => ((x * y) % 2) + ((x * y) % 3),
  (x, y) => (((x * y) % 2) + ((x * y) % 3)) % 2,
  (x, y) => (((x + y) % 2) + ((x * y) % 3)) % 2,
];

const sizeOf = (version) => version * 4 + 17;

/** How many codewords a version holds, those of the correction among them. */
function codewords(version) {
  const marks = version > 1 ? Math.floor(version / 7) + 2 : 0;
  const aligned = marks && (25 * marks - 10) * marks - 55;
  return Math.floor(((16 * version + 128) * version + 64 - aligned - (version > 6 ? 36 : 0)) / 8);
}

const room = (version) => codewords(version) - CORRECTION[version - 1] * BLOCKS[version - 1];

/** The bits of a number, the highest first. */
const bitsOf = (value, length) => Array.from({ length }, (_, place) => (value >>> (length - 1 - place)) & 1);

/** The text as codewords: mode, length, bytes, end, and padding. */
function written(bytes, version) {
  const bits = [...bitsOf(4, 4), ...bitsOf(bytes.length, version < 10 ? 8 : 16), ...[...bytes].flatMap((byte) => bitsOf(byte, 8))];
  const most = room(version) * 8;
  bits.push(...bitsOf(0, Math.min(4, most - bits.length)));
  bits.push(...bitsOf(0, -bits.length & 7));
  const words = Array.from({ length: bits.length / 8 }, (_, place) => bits.slice(place * 8, place * 8 + 8).reduce((sum, bit) => sum * 2 + bit, 0));
  for (let pad = 0xec; words.length < most / 8; pad ^= 0xec ^ 0x11) words.push(pad);
  return words;
}

/** Multiply in the field of 256 elements that the code's correction is worked out in. */
function product(one, other) {
  let found = 0;
  for (let bit = 7; bit >= 0; bit -= 1) found = (found << 1) ^ ((found >>> 7) * 0x11d) ^ (((other >>> bit) & 1) * one);
  return found;
}

function divisorOf(degree) {
  const found = Array.from({ length: degree }, (_, place) => Number(place === degree - 1));
  let root = 1;
  for (let turn = 0; turn < degree; turn += 1) {
    for (let place = 0; place < degree; place += 1) found[place] = product(found[place], root) ^ (found[place + 1] ?? 0);
    root = product(root, 2);
  }
  return found;
}

function remainderOf(words, divisor) {
  const found = divisor.map(() => 0);
  for (const word of words) {
    const factor = word ^ found.shift();
    found.push(0);
    divisor.forEach((each, place) => (found[place] ^= product(each, factor)));
  }
  return found;
}

/** The codewords with their correction, one of each block in turn. */
function corrected(words, version) {
  const count = BLOCKS[version - 1];
  const short = Math.floor(words.length / count);
  const divisor = divisorOf(CORRECTION[version - 1]);
  const longer = words.length % count;
  let from = 0;
  const blocks = Array.from({ length: count }, (_, place) => {
    const data = words.slice(from, (from += short + Number(place >= count - longer)));
    return { data, rest: remainderOf(data, divisor) };
  });
  const turns = (part, length) => Array.from({ length }, (_, place) => blocks.map((block) => block[part][place])).flat();
  return [...turns("data", short + 1), ...turns("rest", divisor.length)].filter((word) => word !== undefined);
}

/** Where the marks are by which a reader finds how the code is bent. */
function alignments(version) {
  if (version === 1) return [];
  const count = Math.floor(version / 7) + 2;
  const step = Math.ceil((version * 4 + 4) / (count * 2 - 2)) * 2;
  return [6, ...Array.from({ length: count - 1 }, (_, place) => sizeOf(version) - 7 - (count - 2 - place) * step)];
}

/** What does not depend on the text: `set` darkens, and everything that was set is left alone by the text. */
function framed(version) {
  const size = sizeOf(version);
  const dark = Array.from({ length: size }, () => Array(size).fill(null));
  const set = (x, y, on) => {
    if (dark[y]?.[x] !== undefined) dark[y][x] = Boolean(on);
  };
  const ring = (x, y, reach, isDark) => {
    for (let down = -reach; down <= reach; down += 1) for (let along = -reach; along <= reach; along += 1) set(x + along, y + down, isDark(Math.max(Math.abs(down), Math.abs(along))));
  };
  for (let place = 0; place < size; place += 1) (set(6, place, place % 2 === 0), set(place, 6, place % 2 === 0));
  for (const [x, y] of [[3, 3], [size - 4, 3], [3, size - 4]]) ring(x, y, 4, (far) => far !== 2 && far !== 4);
  const places = alignments(version);
  const last = places.length - 1;
  places.forEach((x, across) => places.forEach((y, down) => {
    if (![[0, 0], [0, last], [last, 0]].some(([one, other]) => one === across && other === down)) ring(x, y, 2, (far) => far !== 1);
  }));
  return { size, dark, set };
}

/** The bits of a number with those of its own correction behind them. */
function guarded(value, length, generator) {
  let rest = value;
  const top = 1 << length;
  for (let turn = 0; turn < length; turn += 1) rest = (rest << 1) ^ (rest & (top >>> 1) ? generator : 0);
  return (value << length) | (rest & (top - 1));
}

function told({ size, set }, version, mask) {
  const format = guarded((LEVEL_M << 3) | mask, 10, 0x537) ^ 0x5412;
  const bit = (place) => (format >>> place) & 1;
  for (let place = 0; place < 15; place += 1) {
    const near = place < 6 ? place : place < 8 ? place + 1 : 14 - place + Number(place === 8);
    if (place < 8) (set(8, near, bit(place)), set(size - 1 - place, 8, bit(place)));
    else (set(near, 8, bit(place)), set(8, size - 15 + place, bit(place)));
  }
  set(8, size - 8, true);
  if (version < 7) return;
  const number = guarded(version, 12, 0x1f25);
  for (let place = 0; place < 18; place += 1) {
    const [far, row] = [size - 11 + (place % 3), Math.floor(place / 3)];
    set(far, row, (number >>> place) & 1);
    set(row, far, (number >>> place) & 1);
  }
}

/** Put the bits into what is free: two columns at a time, up and down, from the right. */
function filled({ size, dark }, words, mask) {
  const bits = words.flatMap((word) => bitsOf(word, 8));
  let next = 0;
  for (let right = size - 1; right > 0; right -= right === 8 ? 3 : 2) {
    const isUp = ((right + 1) & 2) === 0;
    for (let row = 0; row < size; row += 1) {
      const y = isUp !== right < 6 ? size - 1 - row : row;
      for (const x of [right, right - 1]) if (dark[y][x] === null) dark[y][x] = Boolean((bits[next++] ?? 0) ^ Number(MASKS[mask](x, y) === 0));
    }
  }
}

/** How hard a code is to read: long runs of one colour, and squares. */
function burden(dark) {
  const runs = (lines) => lines.flatMap((line) => line.map(Number).join("").match(/0{5,}|1{5,}/g) ?? []).reduce((sum, run) => sum + run.length - 2, 0);
  const turned = dark[0].map((_, x) => dark.map((line) => line[x]));
  const squares = dark.flatMap((line, y) => line.filter((each, x) => x && y && each === line[x - 1] && each === dark[y - 1][x] && each === dark[y - 1][x - 1])).length;
  return runs(dark) + runs(turned) + squares * 3;
}

/** Work out which modules are dark, row by row. */
export function modules(text) {
  const bytes = new TextEncoder().encode(text);
  const version = CORRECTION.findIndex((_, place) => bytes.length + (place < 9 ? 2 : 3) <= room(place + 1)) + 1;
  if (!version) return null;
  const words = corrected(written(bytes, version), version);
  const codes = MASKS.map((_, mask) => {
    const code = framed(version);
    told(code, version, mask);
    filled(code, words, mask);
    return code.dark;
  });
  return codes.reduce((best, code) => (burden(code) < burden(best) ? code : best));
}

/** The code as a drawing with a name, dark on light whatever the colours around it; nothing where the text is too long. */
export function drawnCode(text, name) {
  const dark = modules(text);
  if (!dark) return "";
  const size = dark.length + QUIET * 2;
  const path = dark.flatMap((line, y) => line.map((on, x) => (on ? `M${x + QUIET} ${y + QUIET}h1v1h-1z` : ""))).join("");
  return drawn("svg", { class: "code", viewBox: `0 0 ${size} ${size}`, role: "img", "aria-label": name }, drawn("path", { d: path }));
}
