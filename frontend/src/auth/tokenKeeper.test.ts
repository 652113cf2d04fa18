import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { ApiError } from "@/api/errors";
import type { SignedIn } from "@/api/types";
import { session } from "@/test/fixtures";
import type { Lock } from "@/lib/lock";
import { TokenKeeper } from "./tokenKeeper";

const alone: Lock = (work) => work(false);

function setUp(refresh: () => Promise<SignedIn>, lock: Lock = alone) {
  const onRenewed = vi.fn();
  const onEnded = vi.fn();
  const spy = vi.fn(refresh);
  return { keeper: new TokenKeeper({ refresh: spy, lock, onRenewed, onEnded }), refresh: spy, onRenewed, onEnded };
}

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

describe("the token keeper", () => {
  it("gives the token it holds while that is good", async () => {
    const { keeper, refresh } = setUp(() => Promise.resolve(session("new")));
    keeper.hold(session("held"));
    expect(await keeper.fresh()).toBe("held");
    expect(refresh).not.toHaveBeenCalled();
  });

  it("renews once for everybody who asks at the same time", async () => {
    const { keeper, refresh, onRenewed } = setUp(() => Promise.resolve(session("new")));
    expect(await Promise.all([keeper.fresh(), keeper.renew(), keeper.fresh()])).toEqual(["new", "new", "new"]);
    expect(refresh).toHaveBeenCalledTimes(1);
    expect(onRenewed).toHaveBeenCalledTimes(1);
  });

  it("renews a refused token, but not for those who come late with the old one", async () => {
    const { keeper, refresh } = setUp(() => Promise.resolve(session("new")));
    keeper.hold(session("old"));
    expect(await keeper.renew("old")).toBe("new");
    expect(await keeper.renew("old")).toBe("new");
    expect(refresh).toHaveBeenCalledTimes(1);
  });

  it("renews by itself before the token ends", async () => {
    const { keeper, refresh } = setUp(() => Promise.resolve(session("new")));
    keeper.hold(session("old", 900_000));
    await vi.advanceTimersByTimeAsync(800_000);
    expect(refresh).not.toHaveBeenCalled();
    await vi.advanceTimersByTimeAsync(60_000);
    expect(refresh).toHaveBeenCalledTimes(1);
    expect(await keeper.fresh()).toBe("new");
  });

  it("tries again later when the server does not answer", async () => {
    const { keeper, refresh, onEnded } = setUp(() => Promise.resolve(session("new")));
    refresh.mockRejectedValueOnce(new ApiError("OFFLINE", ""));
    keeper.hold(session("old", 70_000));
    await vi.advanceTimersByTimeAsync(65_000);
    expect(refresh).toHaveBeenCalledTimes(2);
    expect(onEnded).not.toHaveBeenCalled();
    expect(await keeper.fresh()).toBe("new");
  });

  it("ends the session when the server says so", async () => {
    const { keeper, onEnded } = setUp(() => Promise.reject(new ApiError("AUTH_INVALID", "")));
    await expect(keeper.fresh()).rejects.toThrow(ApiError);
    expect(onEnded).toHaveBeenCalledTimes(1);
  });

  it("takes the token that another tab got while this one waited for the lock", async () => {
    const waiting: Lock = (work) => work(true);
    const { keeper, refresh } = setUp(() => Promise.resolve(session("own")), waiting);
    keeper.hold(session("old"));
    const renewal = keeper.renew("old");
    keeper.hold(session("from another tab"));
    await vi.advanceTimersByTimeAsync(200);
    expect(await renewal).toBe("from another tab");
    expect(refresh).not.toHaveBeenCalled();
  });
});
