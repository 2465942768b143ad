// Moments, as people read them.

const RELATIVE = new Intl.RelativeTimeFormat("en", { numeric: "always", style: "short" });
const CLOCK = new Intl.DateTimeFormat(undefined, { hour: "2-digit", minute: "2-digit", second: "2-digit" });
const HOUR = new Intl.DateTimeFormat(undefined, { hour: "2-digit", minute: "2-digit" });
const DAY = new Intl.DateTimeFormat(undefined, { day: "numeric", month: "short", hour: "2-digit", minute: "2-digit" });
const WHOLE = new Intl.DateTimeFormat(undefined, { dateStyle: "full", timeStyle: "long" });
const UNITS = [
  ["day", 86_400],
  ["hour", 3_600],
  ["minute", 60],
  ["second", 1],
];

/** How long ago something was. */
export function ago(moment, now) {
  const seconds = Math.max(Math.round((now - moment) / 1000), 0);
  if (seconds < 2) return "just now";
  const [unit, size] = UNITS.find(([, each]) => seconds >= each);
  return RELATIVE.format(-Math.floor(seconds / size), unit);
}

/** A moment that may be on another day. */
export function near(moment, now) {
  return new Date(moment).toDateString() === new Date(now).toDateString() ? clock(moment) : DAY.format(moment);
}

export const hour = (moment) => HOUR.format(moment);
export const clock = (moment) => CLOCK.format(moment);
export const whole = (moment) => WHOLE.format(moment);
