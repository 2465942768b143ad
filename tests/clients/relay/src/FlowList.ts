import { graphql } from "react-relay";

export const page = graphql`
  query FlowListQuery($count: Int!, $where: FlowFilter) {
    ...FlowList_query @arguments(count: $count, where: $where)
  }
`;

export const list = graphql`
  fragment FlowList_query on Query
  @argumentDefinitions(
    count: { type: "Int!" }
    cursor: { type: "String" }
    where: { type: "FlowFilter" }
  )
  @refetchable(queryName: "FlowListPaginationQuery") {
    flows(first: $count, after: $cursor, where: $where, orderBy: [{ name: ASC }])
      @connection(key: "FlowList_flows", filters: ["where"]) {
      totalCount
      edges {
        node {
          id
          ...FlowCard_flow
        }
      }
    }
  }
`;
