/** Names as the server looks for them in a text: "@" and what may stand in a username. */
const NAME = /@([\w.-]+)/g;
/** What must not stand before the "@": an e-mail address names nobody. */
const PRECEDES = /[\p{L}\p{N}_.-]$/u;
const ENDS_SENTENCE = /[._-]+$/;
/** The name that stands for everybody. */
export const ALL = "all";
/** The most names of one text that are looked at. */
const MAX = 50;

/** A name in a text: as it stands there, and in lower case with and without what may belong to the sentence. */
export interface Name {
  start: number;
  text: string;
  whole: string;
  trimmed: string;
}

/** The names in a text, in its order. */
export function namesIn(text: string): Name[] {
  const names: Name[] = [];
  for (const match of text.matchAll(NAME)) {
    if (names.length === MAX) break;
    const whole = (match[1] ?? "").toLowerCase();
    const trimmed = whole.replace(ENDS_SENTENCE, "");
    if (trimmed === "" || follows(text, match.index)) continue;
    names.push({ start: match.index, text: match[0], whole, trimmed });
  }
  return names;
}

/** What is being written after an "@", up to the caret; null where no name begins. */
export function nameBefore(text: string, caret: number): { start: number; query: string } | null {
  const match = /@([\p{L}\p{N}\p{Mn}_.-]{0,32})$/u.exec(text.slice(0, caret));
  if (match === null || follows(text, match.index)) return null;
  return { start: match.index, query: match[1] ?? "" };
}

function follows(text: string, index: number): boolean {
  return PRECEDES.test(text.slice(Math.max(0, index - 2), index));
}
