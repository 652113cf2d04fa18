import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { registerServiceWorker, update, useUpdate } from "./register";

class Worker extends EventTarget {
  readonly postMessage = vi.fn();
}

class Registration extends EventTarget {
  waiting: Worker | null = null;
  installing: Worker | null = null;
  readonly update = () => Promise.resolve();
}

const registration = () => new Registration();
let container: EventTarget & { controller: Worker | null; register: () => Promise<Registration> };

function useContainer(made: Registration, controller: Worker | null): void {
  container = Object.assign(new EventTarget(), { controller, register: () => Promise.resolve(made) });
  vi.stubGlobal("navigator", { serviceWorker: container });
}

/** What the browser does when it has found and installed a new version. */
function install(made: Registration): Worker {
  const worker = new Worker();
  made.installing = worker;
  made.dispatchEvent(new Event("updatefound"));
  made.waiting = worker;
  worker.dispatchEvent(new Event("statechange"));
  return worker;
}

beforeEach(() => {
  useUpdate.setState({ waiting: null });
  vi.spyOn(document, "readyState", "get").mockReturnValue("complete");
});
afterEach(() => void vi.unstubAllGlobals());

it("offers a new version, and takes it over only when asked to", async () => {
  const made = registration();
  useContainer(made, new Worker());
  await registerServiceWorker();
  const worker = install(made);
  expect(useUpdate.getState().waiting).toBe(worker);
  expect(worker.postMessage).not.toHaveBeenCalled();

  const reload = vi.fn();
  vi.stubGlobal("location", { reload });
  update();
  expect(worker.postMessage).toHaveBeenCalledWith("take-over");
  expect(reload).not.toHaveBeenCalled();
  container.dispatchEvent(new Event("controllerchange"));
  expect(reload).toHaveBeenCalledOnce();
});

it("does not call the first version a new one", async () => {
  const made = registration();
  useContainer(made, null);
  await registerServiceWorker();
  install(made);
  expect(useUpdate.getState().waiting).toBeNull();
});

it("goes on as an ordinary page where there are no service workers", async () => {
  vi.stubGlobal("navigator", {});
  await registerServiceWorker();
  expect(useUpdate.getState().waiting).toBeNull();
});
