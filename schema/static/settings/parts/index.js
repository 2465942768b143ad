// The parts of the settings, in the order of the menu. A part says who it is for (`isFor`), and shows a view of itself for
// what stands behind its name in the address. Another one is a module beside these, and a name in this list.

import { approvals } from "./approvals.js";
import { audit } from "./audit.js";
import { clients } from "./clients.js";
import { factor } from "./factor.js";
import { keys } from "./keys.js";
import { platform } from "./platform.js";
import { profile } from "./profile.js";
import { roles } from "./roles.js";
import { sessions } from "./sessions.js";
import { signOn } from "./sign_on.js";
import { support } from "./support.js";
import { users } from "./users.js";
import { webhooks } from "./webhooks.js";

export const PARTS = [platform, users, roles, approvals, signOn, support, keys, clients, webhooks, audit, profile, factor, sessions];
