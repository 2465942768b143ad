import { graphql } from "react-relay";

export const card = graphql`
  fragment FlowCard_flow on Flow
  @argumentDefinitions(count: { type: "Int", defaultValue: 2 }, cursor: { type: "String" })
  @refetchable(queryName: "FlowCardPaginationQuery") {
    name
    status
    durationDays
    stages(first: $count, after: $cursor, orderBy: [{ position: ASC }]) @connection(key: "FlowCard_stages") {
      edges {
        node {
          id
          name
          position
          contentBlocks(first: 10) {
            nodes {
              id
            }
          }
        }
      }
    }
  }
`;
