import { keepPreviousData, useInfiniteQuery } from "@tanstack/react-query";
import { Search } from "lucide-react";
import { useState } from "react";
import type { AccountStatus, Role } from "@/api/types";
import { useDebounced } from "@/lib/useDebounced";
import { t } from "@/locales";
import { describeError } from "@/locales/errors";
import { Button } from "@/ui/Button";
import { INPUT } from "@/ui/Field";
import { Card } from "@/ui/Panel";
import { RetryNote } from "@/ui/RetryNote";
import { Select } from "@/ui/Select";
import { Spinner } from "@/ui/Spinner";
import { AccountItem } from "./AccountItem";
import { accountsQuery, type AccountFilter } from "./queries";

const STATUSES = ["all", "active", "suspended", "deleted"] as const satisfies readonly (AccountStatus | "all")[];
const ROLES = ["all", "admin", "moderator", "user"] as const satisfies readonly (Role | "all")[];

/** All accounts. */
export function AccountsPage() {
  const [filter, setFilter] = useState<AccountFilter>({ q: "", status: "all", role: "all" });
  const q = useDebounced(filter.q.trim(), 250);
  // While the next list is on its way the last one stays, and with it a menu that is open on it.
  const { data, error, isPlaceholderData, refetch, hasNextPage, fetchNextPage, isFetchingNextPage } = useInfiniteQuery({
    ...accountsQuery({ ...filter, q }),
    placeholderData: keepPreviousData,
  });
  const accounts = data?.pages.flatMap(({ items }) => items);
  return (
    <>
      <div className="flex flex-wrap items-end gap-3">
        <div className="relative min-w-60 flex-2">
          <Search aria-hidden className="absolute top-1/2 left-3 size-4 -translate-y-1/2 text-muted" />
          <input
            type="search"
            aria-label={t("admin.search")}
            placeholder={t("admin.search")}
            value={filter.q}
            maxLength={254}
            autoComplete="off"
            autoCapitalize="none"
            onChange={(event) => setFilter({ ...filter, q: event.target.value })}
            className={`${INPUT} pl-9`}
          />
        </div>
        <Select
          label={t("admin.status")}
          value={filter.status}
          options={STATUSES.map((value) => ({ value, label: t(`admin.status.${value}`) }))}
          onChange={(status) => setFilter({ ...filter, status })}
        />
        <Select
          label={t("admin.role")}
          value={filter.role}
          options={ROLES.map((value) => ({ value, label: t(`admin.role.${value}`) }))}
          onChange={(role) => setFilter({ ...filter, role })}
        />
      </div>
      {accounts === undefined && error === null && <Spinner label={t("app.loading")} />}
      {accounts === undefined && error !== null && (
        <RetryNote text={describeError(error)} onRetry={() => void refetch()} />
      )}
      {accounts?.length === 0 && <p className="text-center text-sm text-muted">{t("admin.none")}</p>}
      {accounts !== undefined && accounts.length > 0 && (
        <Card>
          <ul aria-label={t("admin.people")} aria-busy={isPlaceholderData}>
            {accounts.map((account) => (
              <AccountItem key={account.userId} account={account} />
            ))}
          </ul>
        </Card>
      )}
      {hasNextPage && (
        <Button variant="quiet" busy={isFetchingNextPage} onClick={() => void fetchNextPage()}>
          {t("conversations.more")}
        </Button>
      )}
    </>
  );
}
