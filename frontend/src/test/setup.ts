import { cleanup } from "@testing-library/react";
import { afterEach } from "vitest";

// Nothing here may reach a server that happens to run on this machine; who needs answers stubs them.
globalThis.fetch = () => Promise.reject(new TypeError("There is no network in unit tests."));

afterEach(() => {
  cleanup();
  localStorage.clear();
});
