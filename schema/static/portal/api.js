// The public API: one document per thing that the page does, sent with the token in a header and nowhere else.

const BLOCK = `fragment Block on PortalBlock {
  id type base title content config required displayOnly assignee mine estimatedMinutes status value
  errors { code message path } reviewStatus reviewComment completedAt
  uploads { id filename mime size status url thumbnailUrl }
}`;
const SESSION = `fragment Session on OnboardingSession {
  newHire { firstName lastName email position department startDate status startedAt completedAt }
  company { name description primaryColor secondaryColor accentColor logoUrl }
  flowName language canStart canComplete
  progress { percentage blocksPct completedStages totalStages completedBlocks requiredBlocks }
  currentStage { id }
  stages {
    id name description type position status opensOn dueOn estimatedMinutes
    completion { complete requiredBlocks completedBlocks missing }
    blocks { ...Block }
  }
}`;
const REFUSALS =
  "refusals { code message path ... on InvalidAnswer { problem } ... on FileRefused { fileProblem: problem } }";
const WHOLE = `session { ...Session } ${REFUSALS}`;

const mutation = (field, shown) => {
  const name = field[0].toUpperCase() + field.slice(1);
  const fragments = shown.includes("...Session") ? `\n${SESSION}\n${BLOCK}` : "";
  return { field, text: `mutation ${name}($input: ${name}Input!) { ${field}(input: $input) { ${shown} } }${fragments}` };
};

export const LOOK = { field: "onboardingSession", text: `query Look { onboardingSession { ...Session } }\n${SESSION}\n${BLOCK}` };
export const START = mutation("startOnboarding", WHOLE);
export const SAVE = {
  field: "saveContentBlock",
  text: `mutation SaveContentBlock($input: SaveContentBlockInput!, $stage: ID!) {
    saveContentBlock(input: $input) {
      session { stage(id: $stage) { blocks { id errors { code message path } } } }
      ${REFUSALS}
    }
  }`,
};
export const COMPLETE_BLOCK = mutation("completeContentBlock", WHOLE);
export const COMPLETE_BLOCK_QUIETLY = mutation("completeContentBlock", REFUSALS);
export const COMPLETE_STAGE = mutation("completeStage", WHOLE);
export const COMPLETE = mutation("completeOnboarding", WHOLE);
export const UPLOAD = mutation(
  "uploadOnboardingFile",
  `upload { id url method headers { name value } expiresAt } ${REFUSALS}`,
);

/** The link is not valid any more. */
export class LinkEnded extends Error {}

/** The server was not reached, or cannot answer now: the same again may succeed. */
export class Away extends Error {
  constructor(message, seconds = 0) {
    super(message);
    this.seconds = seconds;
  }
}

/** The server answered that it will not, or that something went wrong. */
export class Faulty extends Error {
  constructor(message, incident) {
    super(message);
    this.incident = incident;
  }
}

const PATIENCE = 30_000;
const PASSING = new Set(["UNAVAILABLE", "TIMEOUT", "RATE_LIMITED", "TENANT_MIGRATING"]);
const ENDED = new Set(["UNAUTHENTICATED", "TOKEN_EXPIRED"]);

/** Return a function that sends a document for the owner of a token, and returns what its field came to. */
export function asker(token) {
  return async ({ field, text }, variables = {}) => {
    const response = await sent(token, JSON.stringify({ query: text, variables }));
    const { data, errors } = await answered(response);
    if (errors?.length) throw error(errors[0], response);
    if (data[field] === null) throw new LinkEnded();
    return data[field];
  };
}

async function sent(token, body) {
  try {
    return await fetch("/graphql", {
      method: "POST",
      headers: { "content-type": "application/json", accept: "application/json", authorization: `Bearer ${token}` },
      body,
      cache: "no-store",
      credentials: "omit",
      keepalive: body.length < 30_000, // a draft is sent even when the page is closed meanwhile
      referrerPolicy: "no-referrer",
      signal: patience(),
    });
  } catch (reason) {
    throw new Away(String(reason));
  }
}

function patience() {
  const limit = new AbortController();
  setTimeout(() => limit.abort(), PATIENCE);
  return limit.signal;
}

async function answered(response) {
  try {
    return await response.json();
  } catch {
    throw response.status === 401 ? new LinkEnded() : new Away(`status ${response.status}`);
  }
}

function error({ message, extensions = {} }, response) {
  if (ENDED.has(extensions.code)) return new LinkEnded(message);
  if (PASSING.has(extensions.code)) return new Away(message, Number(response.headers.get("retry-after")) || 0);
  return new Faulty(message, extensions.incidentId);
}

/** A key that makes the server do one submission once. */
export function newKey() {
  if (crypto.randomUUID) return crypto.randomUUID(); // absent where the page is served without TLS to another machine
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}
