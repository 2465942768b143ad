// What the page says, in the language of the onboarding, else of the browser, else in English; and dates, numbers and names
// of countries as that language writes them.

import de from "./words/de.js";
import en from "./words/en.js";

const SPOKEN = { de, en };
let tag = "en";
let words = en;

/** Speak the first language that is spoken here. */
export function speak(...wanted) {
  const language = base(wanted.find((each) => SPOKEN[base(each)]) ?? "en");
  tag = (navigator.languages ?? []).find((each) => base(each) === language) ?? language; // dates as in the person's region
  words = SPOKEN[language];
  document.documentElement.lang = base(tag);
}

/** The language of the page, without its region. */
export function spoken() {
  return base(tag);
}

function base(language) {
  return (language ?? "").toLowerCase().split("-")[0];
}

/** A text by its name; `{x}` in it is replaced, and `n` chooses between one and many. */
export function t(name, facts = {}) {
  const found = words[name] ?? en[name] ?? name;
  const text = typeof found === "string" ? found : (found[new Intl.PluralRules(tag).select(facts.n)] ?? found.other);
  return filled(text, facts);
}

function filled(text, facts) {
  return text.replace(/\{(\w+)\}/g, (_, fact) => String(facts[fact] ?? ""));
}

/** What a refusal or an error of an answer says: in the language of the page where its code says enough, else as it came.
 *
 * `config` has the settings of the block that it is about.
 */
export function told({ code, problem, fileProblem, message }, config = {}) {
  const text = words.refusals?.[problem ?? fileProblem ?? code];
  if (!text || (text.includes("{pattern_hint}") && !config.pattern_hint)) return text ? t("wrongForm") : message;
  return filled(text, config);
}

/** A calendar day, given as YYYY-MM-DD, in words. */
export function day(text) {
  const date = new Date(`${text}T12:00:00`);
  return Number.isNaN(date.getTime()) ? text : new Intl.DateTimeFormat(tag, { dateStyle: "long" }).format(date);
}

/** The day of an instant, where the person is. */
export function dayOf(instant) {
  return new Intl.DateTimeFormat(tag, { dateStyle: "long" }).format(new Date(instant));
}

/** Days from today, where the person is, to a calendar day. */
export function daysUntil(text) {
  const today = new Date();
  const [year, month, date] = text.split("-").map(Number);
  return Math.round((Date.UTC(year, month - 1, date) - Date.UTC(today.getFullYear(), today.getMonth(), today.getDate())) / 86_400_000);
}

export function number(value, options) {
  return new Intl.NumberFormat(tag, options).format(value);
}

/** A share in percent, written as the language does. */
export function percent(value) {
  return number(value / 100, { style: "percent" });
}

/** How long something takes: in minutes, from an hour and a half on in half hours. */
export function lasting(minutes) {
  return minutes < 90 ? t("minutes", { n: minutes }) : t("hours", { n: number(Math.round(minutes / 30) / 2) });
}

/** A count of bytes for people. */
export function bytes(count) {
  const steps = ["byte", "kilobyte", "megabyte", "gigabyte"];
  const step = Math.min(Math.floor(Math.log10(Math.max(count, 1)) / 3), steps.length - 1);
  return number(count / 1000 ** step, { style: "unit", unit: steps[step], unitDisplay: "short", maximumFractionDigits: step ? 1 : 0 });
}

export function list(items) {
  return new Intl.ListFormat(tag, { type: "conjunction" }).format(items);
}

const CODES =
  "AD AE AF AG AI AL AM AO AQ AR AS AT AU AW AX AZ BA BB BD BE BF BG BH BI BJ BL BM BN BO BQ BR BS BT BV BW BY BZ CA CC CD CF CG CH CI CK CL CM CN CO CR CU CV CW CX CY CZ DE DJ DK DM DO DZ EC EE EG EH ER ES ET FI FJ FK FM FO FR GA GB GD GE GF GG GH GI GL GM GN GP GQ GR GS GT GU GW GY HK HM HN HR HT HU ID IE IL IM IN IO IQ IR IS IT JE JM JO JP KE KG KH KI KM KN KP KR KW KY KZ LA LB LC LI LK LR LS LT LU LV LY MA MC MD ME MF MG MH MK ML MM MN MO MP MQ MR MS MT MU MV MW MX MY MZ NA NC NE NF NG NI NL NO NP NR NU NZ OM PA PE PF PG PH PK PL PM PN PR PS PT PW PY QA RE RO RS RU RW SA SB SC SD SE SG SH SI SJ SK SL SM SN SO SR SS ST SV SX SY SZ TC TD TF TG TH TJ TK TL TM TN TO TR TT TV TW TZ UA UG UM US UY UZ VA VC VE VG VI VN VU WF WS YE YT ZA ZM ZW";

export function country(code) {
  try {
    return new Intl.DisplayNames(tag, { type: "region" }).of(code) ?? code;
  } catch {
    return code;
  }
}

/** Countries by their names, in the order of the alphabet. */
export function countries() {
  const named = CODES.split(" ").map((code) => ({ value: code, label: country(code) }));
  return named.sort((a, b) => a.label.localeCompare(b.label, tag));
}
