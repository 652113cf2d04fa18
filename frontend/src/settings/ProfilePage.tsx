import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { api } from "@/api/client";
import type { Profile } from "@/api/types";
import { useMe } from "@/auth/me";
import { updateMe } from "@/auth/session";
import { announce } from "@/lib/announce";
import { useForm, type FieldErrors } from "@/lib/useForm";
import { t } from "@/locales";
import { describeError } from "@/locales/errors";
import { profileQuery } from "@/people/queries";
import { Avatar } from "@/ui/Avatar";
import { Button } from "@/ui/Button";
import { Field } from "@/ui/Field";
import { DoneNote, ErrorNote } from "@/ui/Notice";
import { RetryNote } from "@/ui/RetryNote";
import { Spinner } from "@/ui/Spinner";
import { TextArea } from "@/ui/TextArea";

const MAX_BIO = 500;

interface Values {
  displayName: string;
  username: string;
  bio: string;
  avatarUrl: string;
}

/** What others see of the user. */
export function ProfilePage() {
  const { userId } = useMe();
  const { data, error, refetch } = useQuery(profileQuery(userId));
  if (data !== undefined) return <ProfileForm profile={data} />;
  if (error === null) return <Spinner label={t("app.loading")} />;
  return <RetryNote text={describeError(error)} onRetry={() => void refetch()} />;
}

function check({ displayName, username }: Values): FieldErrors<keyof Values> {
  return {
    ...(displayName.trim() === "" && { displayName: "profile.needsName" as const }),
    ...(!/^[A-Za-z0-9._-]{3,32}$/.test(username) && { username: "auth.check.username" as const }),
  };
}

/** Only what is other than it was. */
function changes(values: Values, profile: Profile): object {
  const bio = values.bio.trim();
  const avatarUrl = values.avatarUrl.trim();
  return {
    ...(values.displayName.trim() !== profile.displayName && { displayName: values.displayName.trim() }),
    ...(values.username !== profile.username && { username: values.username }),
    ...(bio !== (profile.bio ?? "") && { bio: bio === "" ? null : bio }),
    ...(avatarUrl !== (profile.avatarUrl ?? "") && { avatarUrl: avatarUrl === "" ? null : avatarUrl }),
  };
}

function ProfileForm({ profile }: { profile: Profile }) {
  const me = useMe();
  const [done, setDone] = useState("");
  const initial: Values = {
    displayName: profile.displayName,
    username: profile.username,
    bio: profile.bio ?? "",
    avatarUrl: profile.avatarUrl ?? "",
  };
  const say = (text: string) => {
    setDone(text);
    announce(text);
  };
  const form = useForm(initial, check, async (values) => {
    setDone("");
    const change = changes(values, profile);
    if (Object.keys(change).length === 0) {
      say(t("profile.nothingNew"));
      return;
    }
    const { displayName, username, avatarUrl, bio } = await api.patch<Profile>(`/user/${me.userId}`, change);
    updateMe({ displayName, username, avatarUrl, bio });
    say(t("app.saved"));
  });
  const left = MAX_BIO - Array.from(form.values.bio.trim()).length;

  return (
    <form noValidate onSubmit={form.onSubmit} className="flex flex-col gap-5">
      <div className="flex items-center gap-4">
        <Avatar name={form.values.displayName || me.username} url={profile.avatarUrl} seed={me.userId} size="huge" />
        <div className="min-w-0 text-sm">
          <p className="truncate font-medium">{me.email}</p>
          <p className="text-muted">{t("profile.email")}</p>
        </div>
      </div>
      {form.failure !== null && <ErrorNote>{describeError(form.failure)}</ErrorNote>}
      <Field label={t("auth.field.displayName")} autoComplete="name" maxLength={64} {...form.bind("displayName")} />
      <Field
        label={t("auth.field.username")}
        hint={t("auth.field.usernameHint")}
        autoComplete="username"
        autoCapitalize="none"
        spellCheck={false}
        {...form.bind("username")}
      />
      <TextArea label={t("profile.bio")} hint={t("profile.bioHint", { count: left })} rows={4} {...form.bind("bio")} />
      <Field
        label={t("profile.picture")}
        hint={t("profile.pictureHint")}
        type="url"
        inputMode="url"
        {...form.bind("avatarUrl")}
      />
      {done !== "" && <DoneNote>{done}</DoneNote>}
      <Button type="submit" busy={form.busy} className="self-start">
        {t("app.save")}
      </Button>
    </form>
  );
}
