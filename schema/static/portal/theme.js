// A company's colours, made readable: a colour is kept where text on it, or it on its ground, has the contrast of 4.5 that
// WCAG 2.2 AA asks for, and is otherwise moved towards black or white until it has.

const ENOUGH = 4.5;
const WHITE = [255, 255, 255];
const BLACK = [0, 0, 0];
const SHEETS = { light: WHITE, dark: [24, 29, 38] };
const GROUNDS = { light: [246, 247, 249], dark: [15, 19, 26] };
const STANDARD = { primary: "#2456D6", secondary: "#EAF0FF" };

export function rgb(text) {
  const found = /^#([0-9a-f]{2})([0-9a-f]{2})([0-9a-f]{2})$/i.exec(text ?? "");
  return found ? found.slice(1).map((pair) => Number.parseInt(pair, 16)) : null;
}

export function luminance(colour) {
  const [r, g, b] = colour.map((part) => part / 255).map((part) => (part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4));
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}

export function contrast(one, other) {
  const [low, high] = [luminance(one), luminance(other)].sort((a, b) => a - b);
  return (high + 0.05) / (low + 0.05);
}

export function mix(from, to, share) {
  return from.map((part, place) => Math.round(part + (to[place] - part) * share));
}

/** Black or white, whichever is read better on a colour. */
export function textOn(colour) {
  return contrast(colour, WHITE) >= ENOUGH || contrast(colour, WHITE) > contrast(colour, BLACK) ? WHITE : BLACK;
}

/** The colour, moved as little towards another as makes it readable on every one of the grounds. */
export function readable(colour, grounds, towards) {
  for (let share = 0; share < 1; share += 0.04) {
    const moved = mix(colour, towards, share);
    if (grounds.every((ground) => contrast(moved, ground) >= ENOUGH)) return moved;
  }
  return towards;
}

/** The custom properties that style the page for a company, by name, for a light and a dark page. */
export function palette({ primaryColor, secondaryColor, accentColor }) {
  const primary = rgb(primaryColor) ?? rgb(STANDARD.primary);
  const secondary = rgb(secondaryColor) ?? (rgb(primaryColor) ? mix(primary, WHITE, 0.88) : rgb(STANDARD.secondary));
  const accent = rgb(accentColor) ?? primary;
  return { ...scheme("light", primary, secondary, accent, BLACK), ...scheme("dark", primary, secondary, accent, WHITE) };
}

function scheme(name, primary, secondary, accent, towards) {
  const dark = name === "dark";
  const band = dark ? readable(mix(primary, BLACK, 0.25), [WHITE], BLACK) : primary;
  const soft = dark ? mix(SHEETS.dark, primary, 0.16) : mix(secondary, WHITE, luminance(secondary) > 0.7 ? 0 : 0.75);
  const strong = readable(accent, [SHEETS[name], GROUNDS[name], soft], towards);
  const button = contrast(accent, SHEETS[name]) >= 3 ? accent : strong;
  return Object.fromEntries(
    Object.entries({ band, "on-band": textOn(band), soft, strong, button, "on-button": textOn(button) }).map(
      ([part, colour]) => [`--${part}-${name}`, `rgb(${colour.join(" ")})`],
    ),
  );
}

/** Put a company's colours on the page, through the style object: no style attribute is needed in the document. */
export function dress(company) {
  for (const [name, value] of Object.entries(palette(company))) document.documentElement.style.setProperty(name, value);
}
