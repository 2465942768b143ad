// Lists the mails of the folder and shows the chosen one. What mails say becomes text nodes here, and never markup.
const EVERY = 4000;
const LINK = /https?:\/\/[^\s<>"]+/g;
const SHOWN = { From: "from", To: "to", "Reply to": "reply-to", Date: "date" };

const find = (id) => document.getElementById(id);
let mails = [];

async function refresh() {
  try {
    const newest = mails.length ? `?newest=${encodeURIComponent(mails[0].name)}` : "";
    const response = await fetch(`/dev/mail/messages${newest}`, { cache: "no-store" });
    if (response.status === 204) return say("");
    if (!response.ok) return say(await response.text());
    const told = await response.json();
    mails = told.mails;
    find("folder").textContent = told.folder;
    find("count").textContent = mails.length ? `(${mails.length})` : "";
    say(mails.length ? "" : "No mail yet. Invite somebody, or ask for a new password.");
    list();
    open();
  } catch {
    say("The server does not answer. Trying again …");
  }
}

function say(text) {
  if (find("said").textContent !== text) find("said").textContent = text;
}

function chosen() {
  const name = location.hash.slice(1);
  return mails.find((mail) => mail.name === name);
}

function list() {
  find("list").replaceChildren(
    ...mails.map((mail) => {
      const entry = find("entry").content.cloneNode(true);
      entry.querySelector("a").href = `#${mail.name}`;
      entry.querySelector("strong").textContent = mail.subject;
      entry.querySelector(".to").textContent = mail.to;
      const time = entry.querySelector("time");
      const date = new Date(mail.date);
      time.dateTime = date.toISOString();
      time.textContent = date.toLocaleString(undefined, { dateStyle: "medium", timeStyle: "short" });
      return entry;
    }),
  );
}

function open() {
  const mail = chosen();
  for (const link of find("list").querySelectorAll("a")) {
    if (mail && link.hash === `#${mail.name}`) link.setAttribute("aria-current", "true");
    else link.removeAttribute("aria-current");
  }
  if (!mail || find("mail").dataset.name === mail.name) return;
  find("mail").dataset.name = mail.name;
  const opened = find("opened").content.cloneNode(true);
  opened.querySelector("h2").textContent = mail.subject;
  opened.querySelector("dl").append(...facts(mail));
  opened.querySelector("iframe").src = `/dev/mail/messages/${mail.name}/html`;
  opened.querySelector("pre").append(...linked(mail.text));
  find("mail").replaceChildren(opened);
}

function facts(mail) {
  return Object.entries(SHOWN)
    .filter(([, header]) => mail[header])
    .flatMap(([label, header]) => [element("dt", label), element("dd", mail[header])]);
}

function element(tag, text) {
  const made = document.createElement(tag);
  made.textContent = text;
  return made;
}

function linked(text) {
  const nodes = [];
  let from = 0;
  for (const found of text.matchAll(LINK)) {
    const link = element("a", found[0]);
    link.href = found[0];
    link.target = "_blank";
    link.rel = "noopener noreferrer";
    nodes.push(document.createTextNode(text.slice(from, found.index)), link);
    from = found.index + found[0].length;
  }
  return [...nodes, document.createTextNode(text.slice(from))];
}

addEventListener("hashchange", () => {
  open();
  find("mail").focus();
});
setInterval(() => document.visibilityState === "visible" && refresh(), EVERY);
await refresh();
