import { graphql } from "relay-runtime";

graphql`
  query documentsCompanyQuery {
    company {
      name
    }
  }
`;

graphql`
  query documentsFlowsQuery($count: Int!, $where: FlowFilter) {
    ...documents_flows @arguments(count: $count, where: $where)
  }
`;

graphql`
  fragment documents_flows on Query
  @argumentDefinitions(count: { type: "Int!" }, cursor: { type: "String" }, where: { type: "FlowFilter" })
  @refetchable(queryName: "documentsMoreFlowsQuery") {
    flows(first: $count, after: $cursor, where: $where, orderBy: [{ name: ASC }])
      @connection(key: "documents_flows", filters: ["where"]) {
      edges {
        node {
          id
          name
        }
      }
    }
  }
`;

graphql`
  mutation documentsCreateFlowMutation($input: CreateFlowInput!) {
    createFlow(input: $input) {
      flow {
        id
        name
      }
    }
  }
`;

graphql`
  mutation documentsRenameFlowMutation($input: UpdateFlowInput!) {
    updateFlow(input: $input) {
      flow {
        id
        name
      }
    }
  }
`;

graphql`
  subscription documentsBoardSubscription($id: ID!) {
    onboardingBoard(flowId: $id) {
      cursor
      state {
        flowName
      }
    }
  }
`;
