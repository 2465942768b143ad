// Who looks at the page, and what they may: asked of the API, which has the last word on every act.

const WHO = `query Who {
  company { name }
  viewer { firstName lastName email locale timezone permissions user { id mfaEnabled emailVerifiedAt } }
}`;
const WITHIN = "query Within { viewer { user { roles(first: 100) { nodes { role { permissions } } } } } }";
const SEES_PEOPLE = "query SeesPeople { users(first: 1) { totalCount } }";

export class Who {
  constructor({ company, viewer }) {
    Object.assign(this, { company, viewer, user: viewer.user });
    this.throughout = new Set(viewer.permissions);
    this.somewhere = new Set(viewer.permissions);
  }

  /** Whether they may throughout the company. */
  may(permission) {
    return this.throughout.has(permission);
  }

  /** Whether they may at least within a department, a team or the like: the API shows which rows that reaches. */
  mayWithin(permission) {
    return this.somewhere.has(permission);
  }
}

/** Ask who it is. What is held within a scope alone is found out by asking for it. */
export async function whoIs(ask) {
  const who = new Who(await ask(WHO));
  if (!who.may("users.read")) {
    const [sees, roles] = await Promise.all([ask(SEES_PEOPLE), ask(WITHIN)].map((each) => each.catch(() => null)));
    if (sees) who.somewhere.add("users.read");
    const held = sees ? (roles?.viewer?.user?.roles?.nodes ?? []) : [];
    for (const { role } of held) for (const permission of role?.permissions ?? []) who.somewhere.add(permission);
  }
  return who;
}
