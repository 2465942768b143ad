// What GraphiQL opens with: operations that work on the demo company as they stand. A test runs each of them.
"use strict";

const EXAMPLES = [
  `# Sign in above, then press Ctrl-Enter to run this.
# Ctrl-Space completes what you type; the book on the left holds every description.
query Flows {
  flows(first: 10, orderBy: [{ name: ASC }]) {
    totalCount
    nodes {
      id
      name
      status
      estimatedMinutes
      allowedTransitions { name allowed reasonDenied }
      stages {
        nodes {
          id
          name
          contentBlocks { nodes { id type content required assignee } }
        }
      }
    }
  }
}
`,
  `# Who is on their way, and how far. A stage counts when everything required in it is done.
query NewHires {
  newHires(first: 20, orderBy: [{ lastName: ASC }], where: { status: { in: [PENDING, ACTIVE] } }) {
    totalCount
    nodes {
      id
      fullName
      position
      status
      percentage
      currentStageName
      lastSeenAt
      stageProgress { nodes { name completedAt } }
    }
  }
}
`,
  `# What asks for attention.
query Attention {
  stuckNewHires(days: 7) { name stageName percentage stuckDays }
  overdueOnboardingTasks { newHireName title assignee dueOn }
  timeToProductive { count medianDays p90Days }
}
`,
  `# A mutation that is refused says why in \`refusals\`; nothing is changed then.
mutation CreateFlow {
  createFlow(input: { name: "First weeks", durationDays: 30 }) {
    flow { id name status }
    refusals { code message }
  }
}
`,
  `# Watch somebody: put an id of the second example into the variables below, run this, and open their portal.
# The invitation with its link is among the mails, at /dev/mail.
subscription Watch($newHire: ID!) {
  onboardingProgress(newHireId: $newHire) {
    cursor
    state { status percentage blocksPct currentStage { name } }
  }
}
`,
];
