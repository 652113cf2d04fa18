import {
  useEffect,
  useId,
  useLayoutEffect,
  useMemo,
  useRef,
  useState,
  type KeyboardEvent,
  type RefObject,
} from "react";
import type { Conversation } from "@/api/types";
import { announce } from "@/lib/announce";
import { t } from "@/locales";
import { candidatesFor, type Candidate } from "./candidates";
import { nameBefore } from "./names";

interface Mentions {
  listId: string;
  /** Nobody while no name is being written. */
  candidates: readonly Candidate[];
  active: Candidate | undefined;
  pick: (candidate: Candidate) => void;
  /** Takes note of where the caret is. */
  onCaret: () => void;
  /** Whether the key belonged to the list. */
  onKeyDown: (event: KeyboardEvent) => boolean;
  close: () => void;
}

const NONE: readonly Candidate[] = [];

/** Completes the name that is being written after an "@" in `field`, out of the members of a group. */
export function useMentions(
  field: RefObject<HTMLTextAreaElement | null>,
  conversation: Conversation | undefined,
  meId: number,
  onChange: (text: string) => void,
): Mentions {
  const listId = useId();
  const [name, setName] = useState<{ start: number; query: string } | null>(null);
  const [place, setPlace] = useState(0);
  /** Where the name begins that the user wants no help with. */
  const dismissed = useRef<number | null>(null);
  /** Where the caret goes when what was picked is in the text. */
  const target = useRef<number | null>(null);
  const candidates = useMemo(
    () => (name === null || conversation === undefined ? NONE : candidatesFor(conversation, name.query, meId)),
    [name, conversation, meId],
  );
  const active = candidates[Math.min(place, candidates.length - 1)];
  const count = candidates.length;

  useEffect(() => {
    if (count > 0) announce(t("mentions.found", { count }));
  }, [count]);
  useLayoutEffect(() => {
    if (target.current === null) return;
    field.current?.setSelectionRange(target.current, target.current);
    target.current = null;
  });

  const close = () => setName(null);
  const onCaret = () => {
    const element = field.current;
    const isCaret = element !== null && element.selectionStart === element.selectionEnd;
    const next = isCaret ? nameBefore(element.value, element.selectionStart) : null;
    if (next === null) dismissed.current = null;
    if (next?.start === name?.start && next?.query === name?.query) return;
    setName(next === null || dismissed.current === next.start ? null : next);
    setPlace(0);
  };
  const pick = (candidate: Candidate) => {
    const element = field.current;
    if (element === null || name === null) return;
    const before = `${element.value.slice(0, name.start)}@${candidate.name} `;
    const after = element.value.slice(name.start + 1 + name.query.length);
    target.current = before.length;
    onChange(before + after.replace(/^ /, ""));
    element.focus();
    close();
  };
  const onKeyDown = (event: KeyboardEvent): boolean => {
    if (active === undefined || event.altKey || event.ctrlKey || event.metaKey) return false;
    const step = event.key === "ArrowDown" ? 1 : event.key === "ArrowUp" ? -1 : 0;
    if (step !== 0) setPlace((before) => (Math.min(before, count - 1) + step + count) % count);
    else if ((event.key === "Enter" || event.key === "Tab") && !event.shiftKey) pick(active);
    else if (event.key === "Escape") {
      dismissed.current = name?.start ?? null;
      close();
    } else return false;
    event.preventDefault();
    return true;
  };
  return { listId, candidates, active, pick, onCaret, onKeyDown, close };
}
