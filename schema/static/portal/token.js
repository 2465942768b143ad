// The token of the mailed link. It stands behind "#", which browsers do not send; it is taken out of the address bar and
// the history at once, and kept for this tab alone, so that loading the page again goes on where the person was.

const OURS = "workgraph.portal.";
const PLACE = `${OURS}token`;

export function takeToken() {
  const found = location.hash.slice(1);
  if (!isToken(found)) return keptToken();
  history.replaceState(null, "", location.pathname);
  if (found !== keptToken()) forgetAll();
  keep(PLACE, found);
  return found;
}

/** Whether the part behind "#" is a link's token and not a place in the page. */
export function isToken(text) {
  return /^[A-Za-z0-9_-]{16,}$/.test(text);
}

let inMemory = null;

function keptToken() {
  return inMemory ?? read(PLACE);
}

/** Forget the token and everything that was kept for its owner. */
export function forgetAll() {
  inMemory = null;
  try {
    for (const place of Object.keys(sessionStorage)) if (place.startsWith(OURS)) sessionStorage.removeItem(place);
  } catch {
    // a browser that stores nothing has nothing to forget
  }
}

/** Keep a text for this tab; a browser that stores nothing keeps the token in memory. */
export function keep(place, text) {
  if (place === PLACE) inMemory = text;
  try {
    sessionStorage.setItem(place, text);
  } catch {
    // full, or forbidden: what is in memory is used until the page is closed
  }
}

export function read(place) {
  try {
    return sessionStorage.getItem(place);
  } catch {
    return null;
  }
}
