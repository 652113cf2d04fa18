import { expect, it } from "vitest";
import { deviceName, isPhone } from "./device";

it("names browsers and systems, and programs by their own name", () => {
  const chrome =
    "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/130.0.0.0 Safari/537.36";
  expect(deviceName(chrome)).toBe("Chrome on Linux");
  expect(deviceName(`${chrome} Edg/130.0`)).toBe("Edge on Linux");
  const safari =
    "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.5 Mobile/15E148 Safari/604.1";
  expect(deviceName(safari)).toBe("Safari on iPhone");
  expect(isPhone(safari)).toBe(true);
  expect(isPhone(chrome)).toBe(false);
  expect(deviceName("curl/8.5.0")).toBe("curl");
  expect(deviceName("")).toBe("Unknown device");
});
