import { afterEach, expect, it } from "vitest";
import { ApiError } from "@/api/errors";
import { switchLanguage } from ".";
import { describeError, describeViolation } from "./errors";

const BLOCKED = new ApiError("FORBIDDEN", "One of you has blocked the other, so nothing can be written here.");
const taken = { field: "username", message: "is taken" };

afterEach(async () => switchLanguage("en"));

it("are told in the reader's language, whole and by field", async () => {
  expect(describeError(BLOCKED)).toBe("One of you has blocked the other, so nothing can be written here.");
  expect(describeViolation("CONFLICT", taken)).toBe("This username is taken.");
  await switchLanguage("vi");
  expect(describeError(BLOCKED)).toBe("Một trong hai bên đã chặn người kia nên không thể nhắn tin ở đây.");
  expect(describeViolation("CONFLICT", taken)).toBe("Tên người dùng này đã có người dùng.");
  expect(describeViolation("INVALID_INPUT", taken)).toContain("từ 3 đến 32 chữ cái");
  expect(describeViolation("INVALID_INPUT", { field: "password", message: "must have at least 8 characters" })).toBe(
    "Dùng ít nhất 8 ký tự.",
  );
});

it("are told in the server's words where there are none of ours, and never without a word of the reader's", async () => {
  const unknown = new ApiError("FORBIDDEN", "You may not.");
  const odd = { field: "bio", message: "must not hold control characters" };
  expect(describeError(unknown)).toBe("You may not.");
  expect(describeViolation("INVALID_INPUT", odd)).toBe("Must not hold control characters.");
  await switchLanguage("vi");
  expect(describeError(unknown)).toBe("Yêu cầu không được chấp nhận: You may not.");
  expect(describeViolation("INVALID_INPUT", odd)).toBe(
    "Yêu cầu không được chấp nhận: Must not hold control characters.",
  );
});
