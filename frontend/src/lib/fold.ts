/** A text as it is compared in searches: without case and accents, so that "dang" finds "Đặng". */
export function fold(text: string): string {
  return text
    .normalize("NFD")
    .replace(/\p{Mn}/gu, "")
    .toLowerCase()
    .replaceAll("đ", "d");
}
