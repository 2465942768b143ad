// What assistive technology and weak eyes or hands meet on a page: names, headings, sizes, contrast.
const CONTROLS = new Set("button link textbox searchbox combobox listbox progressbar image img figure region form table".split(" "));
const MAY_BE_NAMELESS = new Set(["form", "table", "figure"]);

/** Everything in the tree that wants a name and has none, and the landmarks. */
export async function tree(client) {
  const { nodes } = await client.send("Accessibility.getFullAXTree");
  const there = nodes.filter(({ ignored }) => !ignored);
  const wanting = there.filter(({ role }) => CONTROLS.has(role?.value) && !MAY_BE_NAMELESS.has(role.value));
  return {
    wanting: wanting.length,
    without: wanting.filter(({ name }) => !name?.value?.trim()).map(({ role }) => role.value),
    landmarks: there.map(({ role }) => role?.value).filter((role) => ["banner", "main", "region"].includes(role)),
  };
}

/** What is on the page that a person with weak eyes or hands would stumble over. */
export function audit() {
  const visible = (element) => element.checkVisibility({ opacityProperty: true, visibilityProperty: true });
  const own = (element) => [...element.childNodes].some((node) => node.nodeType === 3 && node.textContent.trim());
  const colour = (text) => {
    const canvas = Object.assign(document.createElement("canvas"), { width: 1, height: 1 }).getContext("2d");
    canvas.fillStyle = text;
    canvas.fillRect(0, 0, 1, 1);
    return [...canvas.getImageData(0, 0, 1, 1).data];
  };
  const part = (each) => (each / 255 <= 0.04045 ? each / 255 / 12.92 : ((each / 255 + 0.055) / 1.055) ** 2.4);
  const light = ([r, g, b]) => 0.2126 * part(r) + 0.7152 * part(g) + 0.0722 * part(b);
  const ground = (element) => {
    for (let each = element; each; each = each.parentElement) {
      const found = colour(getComputedStyle(each).backgroundColor);
      if (found[3] === 255) return found;
    }
    return [255, 255, 255, 255];
  };
  const against = (one, other) => {
    const [low, high] = [light(one), light(other)].sort((a, b) => a - b);
    return (high + 0.05) / (low + 0.05);
  };
  const ratio = (element) => against(colour(getComputedStyle(element).color), ground(element));
  const texts = [...document.body.querySelectorAll("*")].filter((element) => visible(element) && own(element) && !element.closest(".unseen, .skip"));
  const faint = texts.filter((element) => ratio(element) < 4.5).map((element) => `${element.className || element.tagName} ${ratio(element).toFixed(2)}`);
  const drawn = [...document.querySelectorAll(".histogram rect:not(.before)")].map((element) => against(colour(getComputedStyle(element).fill), ground(element)));
  const bars = [...document.querySelectorAll(".bar")].map((element) => against(colour(getComputedStyle(element, "::before").backgroundColor), ground(element)));
  const touched = (element) => (element.type === "checkbox" ? element.closest("label") : element);
  const small = [...document.querySelectorAll("button, select, input, textarea")].filter((element) => visible(element) && touched(element).getBoundingClientRect().height < 44).map(({ id, textContent }) => id || textContent);
  const tiny = [...document.querySelectorAll("summary")].filter((element) => visible(element) && element.getBoundingClientRect().height < 24).map(({ textContent }) => textContent);
  const levels = [...document.querySelectorAll("h1, h2, h3")].filter(visible).map((element) => Number(element.tagName[1]));
  const ids = [...document.querySelectorAll("[id]")].map(({ id }) => id);
  return { faint, weak: [...drawn, ...bars].filter((each) => each < 3), small: [...small, ...tiny], levels, twice: ids.filter((id, place) => ids.indexOf(id) !== place), width: document.documentElement.scrollWidth };
}
