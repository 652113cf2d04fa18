/** An address in a text: from where to where it stands, and where it leads. */
export interface WebLink {
  start: number;
  end: number;
  href: string;
}

/** Ends at spaces, at what encloses addresses, and at marks that would show it in another order than it is read. */
const ADDRESS = /(?:https?:\/\/|www\.)[^\s<>"`\u200b-\u200f\u202a-\u202e\u2060-\u2069]+/giu;
/** What must not stand before it: then it is a piece of something else. */
const PRECEDES = /[\p{L}\p{N}_@./-]$/u;
const ENDS_SENTENCE = /[.,:;!?'’”»…*_~([{]/;
const BRACKETS: Readonly<Record<string, string>> = { ")": "(", "]": "[", "}": "{" };

/** The web addresses in a text, in its order, without the end of the sentence or the bracket that they stand in. */
export function linksIn(text: string): WebLink[] {
  const links: WebLink[] = [];
  for (const { 0: whole, index: start } of text.matchAll(ADDRESS)) {
    if (PRECEDES.test(text.slice(Math.max(0, start - 2), start))) continue;
    const address = withoutEnd(whole);
    const href = hrefOf(address);
    if (href !== null) links.push({ start, end: start + address.length, href });
  }
  return links;
}

function withoutEnd(address: string): string {
  const count = (bracket: string): number => address.split(bracket).length - 1;
  const open = new Map(
    Object.entries(BRACKETS).map(([closing, opening]) => [closing, count(opening) - count(closing)]),
  );
  let end = address.length;
  for (; end > 0; end -= 1) {
    const last = address.charAt(end - 1);
    const balance = open.get(last);
    if (balance !== undefined && balance < 0) open.set(last, balance + 1);
    else if (!ENDS_SENTENCE.test(last)) break;
  }
  return address.slice(0, end);
}

/** Null for what only looks like an address, or hides behind a name ("https://bank.example@elsewhere.example"). */
function hrefOf(address: string): string | null {
  const isBare = /^www\./i.test(address);
  if (isBare && !/^www\.[^./]+\.[^./]/i.test(address)) return null;
  const href = isBare ? `https://${address}` : address;
  if (!URL.canParse(href)) return null;
  const { username, password } = new URL(href);
  return username === "" && password === "" ? href : null;
}
