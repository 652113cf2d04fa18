import { QueryClient } from "@tanstack/react-query";
import { backoff } from "@/lib/time";
import { isRetryable } from "./errors";

/**
 * The one cache of what the server knows. Events keep it fresh, so nothing is fetched again by itself, and nothing is
 * dropped: what is not on the screen is opened at once, also without a connection.
 */
export const queryClient = new QueryClient({
  defaultOptions: {
    queries: {
      staleTime: Infinity,
      gcTime: Infinity,
      // The server may be on this machine: being offline does not mean that it cannot be reached.
      networkMode: "always",
      refetchOnWindowFocus: false,
      refetchOnReconnect: false,
      retry: (failures, error) => failures < 4 && isRetryable(error),
      retryDelay: (failures) => backoff(failures, 500, 10_000),
    },
    mutations: { networkMode: "always" },
  },
});
