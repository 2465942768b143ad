// Permissions, as choices under the domains that they are about.

/** What no API key may be given: it would give somebody more, or is for people themselves. */
export const NOT_FOR_KEYS = new Set([
  "approvals.decide",
  "approvals.manage",
  "api.introspect",
  "clients.manage",
  "imports.run",
  "keys.manage",
  "keys.read",
  "keys.revoke_own",
  "leave.decide",
  "onboarding.portal",
  "onboarding.tasks",
  "people.edit_pay",
  "people.read_bank",
  "people.read_pay",
  "platform.manage",
  "platform.support",
  "privacy.erase",
  "privacy.export",
  "sso.manage",
  "support.manage",
  "users.manage",
  "webhooks.manage",
]);

/** Choices of permissions; those that `may` says no to are shown as they are, and cannot be changed. */
export function permissionChoices(names, may) {
  const sorted = [...new Set(names)].sort();
  return sorted.map((name) => ({ value: name, name, group: name.split(".")[0], fixed: !may(name) }));
}
