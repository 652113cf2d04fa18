import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { notification } from "@/test/fixtures";
import { alertOf, closeAlert, startAlerts } from "./alerts";

/** What is on the desktop. */
const desktop = new Map<string, Shown>();

interface Shown {
  readonly title: string;
  readonly options: { body: string; tag: string };
  onclick: (() => void) | null;
}

class Pretended implements Shown {
  static permission: NotificationPermission = "granted";
  onclick: (() => void) | null = null;
  constructor(
    readonly title: string,
    readonly options: { body: string; tag: string },
  ) {
    desktop.set(options.tag, this);
  }
  close() {
    desktop.delete(this.options.tag);
  }
}

/** The locks that other tabs hold. */
const elsewhere = new Set<string>();
const locks = {
  request: (name: string, { signal }: { signal: AbortSignal }, work: () => Promise<void>) =>
    elsewhere.has(name) || signal.aborted ? new Promise(() => undefined) : work(),
  query: () => Promise.resolve({ held: [...elsewhere].map((name) => ({ name })) }),
};

let visibility: DocumentVisibilityState;
const see = (state: DocumentVisibilityState) => {
  visibility = state;
  document.dispatchEvent(new Event("visibilitychange"));
};
const onOpen = vi.fn();
let stop: () => void;
const start = () => {
  stop = startAlerts(({ id, title, content }) => ({ title, body: content, path: `/c/${id}` }), onOpen);
};
const shown = () => [...desktop.values()].map(({ title, options }) => `${title}: ${options.body}`);

beforeEach(() => {
  vi.stubGlobal("Notification", Pretended);
  vi.stubGlobal("navigator", { locks });
  vi.spyOn(document, "visibilityState", "get").mockImplementation(() => visibility);
  vi.spyOn(window, "focus").mockImplementation(() => undefined);
  Pretended.permission = "granted";
  visibility = "hidden";
});
afterEach(async () => {
  stop();
  await vi.waitFor(() => expect(shown()).toEqual([]));
  elsewhere.clear();
  desktop.clear();
  vi.unstubAllGlobals();
});

it("shows what is new while no tab can be seen", async () => {
  start();
  await alertOf(notification("a"));
  expect(shown()).toEqual(["Grace: hello"]);
  see("visible");
  await vi.waitFor(() => expect(shown()).toEqual([]));
  await alertOf(notification("b"));
  expect(shown()).toEqual([]);
  see("hidden");
  await alertOf(notification("b", { content: "again" }));
  expect(shown()).toEqual(["Grace: again"]);
});

it("shows nothing while another tab is seen, or shows it, or the browser does not allow it", async () => {
  start();
  elsewhere.add("warren-visible");
  await alertOf(notification("a"));
  expect(shown()).toEqual([]);
  stop();
  elsewhere.clear();
  elsewhere.add("warren-alerting");
  start();
  await alertOf(notification("a"));
  expect(shown()).toEqual([]);
  stop();
  elsewhere.clear();
  Pretended.permission = "denied";
  start();
  await alertOf(notification("a"));
  expect(shown()).toEqual([]);
});

it("leads to what it tells of, and goes when that is read", async () => {
  start();
  await alertOf(notification("a"));
  await alertOf(notification("b"));
  closeAlert("a");
  await vi.waitFor(() => expect([...desktop.keys()]).toEqual(["b"]));
  desktop.get("b")?.onclick?.();
  expect(onOpen).toHaveBeenCalledWith("/c/b");
  await vi.waitFor(() => expect(shown()).toEqual([]));
});

it("leaves it to the service worker where there is one, and follows what it says was clicked", async () => {
  const worker = new EventTarget();
  const registration = {
    active: {},
    showNotification: (title: string, options: { body: string; tag: string; data: { path: string } }) => {
      const alert = { title, options, onclick: null, close: () => desktop.delete(options.tag) };
      desktop.set(options.tag, alert);
      return Promise.resolve();
    },
    getNotifications: ({ tag }: { tag?: string }) =>
      Promise.resolve([...desktop.values()].filter(({ options }) => tag === undefined || options.tag === tag)),
  };
  const serviceWorker = Object.assign(worker, { getRegistration: () => Promise.resolve(registration) });
  vi.stubGlobal("navigator", { locks, serviceWorker });
  start();
  await alertOf(notification("a"));
  await alertOf(notification("b", { content: "there" }));
  expect(shown()).toEqual(["Grace: hello", "Grace: there"]);
  expect(desktop.get("b")?.options).toMatchObject({ data: { path: "/c/b" } });
  closeAlert("a");
  await vi.waitFor(() => expect(shown()).toEqual(["Grace: there"]));
  onOpen.mockClear();
  worker.dispatchEvent(new MessageEvent("message", { data: { openPath: "/c/b" } }));
  expect(onOpen).toHaveBeenCalledWith("/c/b");
  see("visible");
  await vi.waitFor(() => expect(shown()).toEqual([]));
});
