/** Where a GitHub takes GraphQL, from where its REST operations are: `https://api.github.com`, or `https://host/api/v3` of Enterprise. */
export function githubGraphqlAddress(rest: string): string {
  return `${rest.replace(/\/api\/v3$/, "/api")}/graphql`;
}
