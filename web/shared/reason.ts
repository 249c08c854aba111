/** The reason of a discount in the reader's language, as close to the paper as it can be. */
import { tWord } from "./i18n.ts";
import type { Adjustment } from "./wire.ts";

// What an offer without a title of its own says on the receipt; everything else is somebody's words.
const PLAIN = new Set(["special price", "member price", "coupon", "manufacturer's coupon", "match"]);

export function sayReason(taken: Adjustment): string {
  const kind = tWord("reason", taken.kind);
  const said = taken.reason.trim();
  if (!said || PLAIN.has(said.toLowerCase())) return kind;
  // By hand, the reason is a word of the store's own list, such as damaged_goods.
  return taken.kind === "manual" ? `${kind} · ${said.replaceAll("_", " ")}` : said;
}
