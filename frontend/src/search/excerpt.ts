import { fold } from "@/lib/fold";

/** A piece of a text; whether it is what was looked for. */
export interface Piece {
  text: string;
  isMatch: boolean;
}

/** The most characters that are shown before the first match. */
const MAX_LEAD = 32;
/** Two lines have room for no more. */
const MAX_LENGTH = 240;

const WORD = /[\p{L}\p{N}\p{M}]/u;
/** Where words are written without spaces each character may begin one. */
const IDEOGRAPH =
  /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Thai}\p{Script=Lao}\p{Script=Khmer}]/u;

/**
 * A part of a message that shows what was looked for, with the beginnings of words that match apart. Compared as the
 * server does, without case and accents.
 */
export function excerptOf(content: string, q: string): Piece[] {
  const text = content.replace(/\s+/gu, " ").trim();
  const { folded, places } = foldWithPlaces(text);
  const matches = matchesIn(folded, termsOf(q)).map(([start, end]) => [places[start] ?? 0, places[end] ?? 0] as const);
  const first = matches[0]?.[0] ?? 0;
  const begin = first <= MAX_LEAD ? 0 : wordAfter(text, first - MAX_LEAD, first);
  const end = begin + MAX_LENGTH;

  const pieces: Piece[] = [];
  const put = (from: number, to: number, isMatch: boolean) => {
    const piece = text.slice(Math.max(from, begin), Math.min(to, end));
    if (piece !== "") pieces.push({ text: piece, isMatch });
  };
  let done = begin;
  for (const [from, to] of matches) {
    put(done, from, false);
    put(from, to, true);
    done = to;
  }
  put(done, text.length, false);
  if (begin > 0) pieces.unshift({ text: "… ", isMatch: false });
  if (end < text.length) pieces.push({ text: "…", isMatch: false });
  return pieces;
}

/** What is looked for, longest first, so that a run of characters is rather marked whole. */
function termsOf(q: string): string[] {
  const runs = fold(q)
    .split(/\s+/u)
    .map((run) => run.replace(/^[^\p{L}\p{N}]+|[^\p{L}\p{N}]+$/gu, ""));
  const words = runs.flatMap((run) => run.split(/[^\p{L}\p{N}]+/u));
  return [...new Set([...runs, ...words])].filter((term) => term !== "").sort((a, b) => b.length - a.length);
}

/** Where a term begins a word, from first to last; none overlaps another. */
function matchesIn(folded: string, terms: readonly string[]): (readonly [start: number, end: number])[] {
  const found: (readonly [number, number])[] = [];
  let start = 0;
  while (start < folded.length) {
    const term = beginsWord(folded, start) ? terms.find((candidate) => folded.startsWith(candidate, start)) : undefined;
    if (term !== undefined) found.push([start, start + term.length]);
    start += term?.length ?? 1;
  }
  return found;
}

function beginsWord(folded: string, start: number): boolean {
  const [before = " ", here = ""] = [folded[start - 1], folded[start]];
  return !WORD.test(before) || IDEOGRAPH.test(here);
}

/** A folded text, and where in the text each of its characters comes from. */
function foldWithPlaces(text: string): { folded: string; places: number[] } {
  let folded = "";
  let place = 0;
  const places: number[] = [];
  for (const character of text) {
    const part = fold(character);
    // Of a mark nothing is left, of a ligature more than one character.
    places.push(...Array.from(part, () => place));
    folded += part;
    place += character.length;
  }
  places.push(place);
  return { folded, places };
}

/** The first beginning of a word in a part of a text. */
function wordAfter(text: string, from: number, to: number): number {
  const space = text.indexOf(" ", from);
  return space === -1 || space >= to ? from : space + 1;
}
