/**
 * The service worker: the app's files, kept so that it opens without a network, and what was put on the desktop. What the
 * server knows is not its business: requests to the API pass by untouched.
 */
import { isAppPath } from "./paths";

declare const self: ServiceWorkerGlobalScope;
/** Filled in by the build: all files of the app, and a name for exactly this set. */
declare const __FILES__: { version: string; paths: string[] };

const files = __FILES__;
const PREFIX = "warren-files-";
const CACHE = PREFIX + files.version;
const PAGE = "/index.html";
const paths = new Set(files.paths);

async function keepFiles(): Promise<void> {
  const cache = await caches.open(CACHE);
  // "no-cache" asks the server whether what the browser holds is still right; it takes no old page for the new one.
  await cache.addAll(files.paths.map((path) => new Request(path, { cache: "no-cache" })));
}

async function dropOldFiles(): Promise<void> {
  const names = await caches.keys();
  const old = names.filter((name) => name.startsWith(PREFIX) && name !== CACHE);
  await Promise.all(old.map((name) => caches.delete(name)));
}

async function answer(path: string, request: Request): Promise<Response> {
  const kept = await caches.match(path, { cacheName: CACHE, ignoreVary: true });
  return kept ?? fetch(request);
}

/** Leads a page that is open to a path of the app, or opens one there. */
async function open(path: string): Promise<void> {
  const pages = await self.clients.matchAll({ type: "window", includeUncontrolled: true });
  const page = pages.find(({ focused }) => focused) ?? pages[0];
  if (page === undefined) {
    await self.clients.openWindow(path);
    return;
  }
  page.postMessage({ openPath: path });
  await page.focus();
}

self.addEventListener("notificationclick", (event) => {
  const { path } = (event.notification.data ?? {}) as { path?: unknown };
  event.notification.close();
  if (typeof path === "string" && isAppPath(path)) event.waitUntil(open(path));
});
self.addEventListener("install", (event) => event.waitUntil(keepFiles()));
self.addEventListener("activate", (event) => event.waitUntil(dropOldFiles().then(() => self.clients.claim())));
// A page that was told of this version asks for it.
self.addEventListener("message", (event) => {
  if (event.data === "take-over") void self.skipWaiting();
});
self.addEventListener("fetch", (event) => {
  const { request } = event;
  const url = new URL(request.url);
  if (request.method !== "GET" || url.origin !== self.location.origin) return;
  if (request.mode === "navigate") {
    if (isAppPath(url.pathname)) event.respondWith(answer(PAGE, request));
  } else if (paths.has(url.pathname)) event.respondWith(answer(url.pathname, request));
});
