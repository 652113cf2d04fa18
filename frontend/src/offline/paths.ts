const PAGES = ["sign-in", "sign-up", "settings", "people", "inbox", "admin", "c"];

/** Whether the app has a page at this path; all others, such as the API's documents, are the server's. */
export function isAppPath(path: string): boolean {
  return path === "/" || PAGES.includes(path.split("/")[1] ?? "");
}
