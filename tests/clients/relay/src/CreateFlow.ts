import { graphql } from "react-relay";

export const createFlow = graphql`
  mutation CreateFlowMutation($input: CreateFlowInput!, $connections: [ID!]!) {
    createFlow(input: $input) {
      flow @prependNode(connections: $connections, edgeTypeName: "FlowEdge") {
        id
        name
      }
      refusals {
        __typename
        code
        message
      }
    }
  }
`;
