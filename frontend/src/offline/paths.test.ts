import { expect, it } from "vitest";
import { isAppPath } from "./paths";

it("tells the app's pages from what is the server's", () => {
  for (const path of ["/", "/sign-in", "/settings", "/settings/devices", "/people/7", "/inbox", "/c/d1-2/details"]) {
    expect(isAppPath(path), path).toBe(true);
  }
  for (const path of ["/openapi.json", "/chat/conversations", "/user/7", "/notifications", "/cc/1", "/assets/x.js"]) {
    expect(isAppPath(path), path).toBe(false);
  }
});
