import { execFile } from "node:child_process";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { extname, join } from "node:path";
import { promisify } from "node:util";
import { expect, test } from "@playwright/test";

const API = "https://api.example.org";
const TYPES: Record<string, string> = { ".js": "text/javascript", ".css": "text/css", ".html": "text/html" };

/** Serves a folder as a static host does that knows of single-page apps. */
async function serve(folder: string): Promise<{ url: string; close: () => void }> {
  const server = createServer((request, response) => {
    const { pathname } = new URL(request.url ?? "/", "http://localhost");
    const file = extname(pathname) === "" ? "/index.html" : pathname;
    readFile(join(folder, file)).then(
      (bytes) => {
        response.setHeader("content-type", TYPES[extname(file)] ?? "application/octet-stream");
        response.end(bytes);
      },
      () => {
        response.statusCode = 404;
        response.end();
      },
    );
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  return { url: `http://127.0.0.1:${port}`, close: () => server.close() };
}

test("a client that is built for an API elsewhere speaks to that, by REST and by socket", async ({ page }) => {
  const folder = await mkdtemp(join(tmpdir(), "warren-client-"));
  const host = await serve(folder);
  try {
    const env = { ...process.env, VITE_API_URL: API };
    await promisify(execFile)("npx", ["vite", "build", "--outDir", folder, "--emptyOutDir"], { env });

    // No API is there: what the page asks for is what counts, and how.
    const asked: string[] = [];
    const elsewhere: string[] = [];
    await page.route(`${API}/**`, async (route) => {
      const request = route.request();
      const { pathname } = new URL(request.url());
      asked.push(`${request.method()} ${pathname}`);
      const headers = { "access-control-allow-origin": host.url, "access-control-allow-credentials": "true" };
      const user = { userId: 1, username: "ada", displayName: "Ada", avatarUrl: null, email: "a@b.c", roles: [] };
      const session = { accessToken: "token", expiresAt: new Date(Date.now() + 900_000).toISOString(), user };
      await route.fulfill({ headers, json: pathname === "/auth/login" ? session : { items: [], nextCursor: null } });
    });
    page.on("request", (request) => {
      const { origin, pathname } = new URL(request.url());
      if (origin === host.url && /^\/(auth|user|chat|notifications|socket\.io)/.test(pathname))
        elsewhere.push(pathname);
    });
    const sockets: string[] = [];
    await page.routeWebSocket(/socket\.io/, (socket) => {
      sockets.push(new URL(socket.url()).origin);
    });

    await page.goto(host.url);
    await page.getByLabel("E-mail or username").fill("ada");
    await page.getByLabel("Password").fill("correct horse");
    await page.getByRole("button", { name: "Sign in" }).click();
    await expect(page.getByRole("heading", { name: "Chats" })).toBeVisible();
    await expect.poll(() => asked).toContain("GET /chat/conversations");
    expect(asked[0]).toBe("POST /auth/login");
    await expect.poll(() => sockets).toContain("wss://api.example.org");
    expect(new Set(sockets)).toEqual(new Set(["wss://api.example.org"]));
    expect(elsewhere).toEqual([]);
  } finally {
    host.close();
    await rm(folder, { recursive: true });
  }
});
