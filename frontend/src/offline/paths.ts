/** Whether the app has a page at this path; all others, such as the API's documents, are the server's. */
export function isAppPath(path: string): boolean {
  return ["/", "/sign-in", "/sign-up", "/settings"].includes(path) || path.startsWith("/c/");
}
