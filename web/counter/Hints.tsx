/** What the customer nearly has: a sentence for each offer within reach, and gifts to be taken. */
import type { JSX } from "preact";
import { t } from "../shared/i18n.ts";
import { sayMoney, sayQuantity } from "../shared/say.ts";
import type { Hint, LaneView } from "../shared/wire.ts";

function sayHint(hint: Hint, currency: string): string {
  const { reason } = hint;
  if (hint.gift_n > 0) {
    const items = hint.items.join(" / ");
    const price = sayMoney(hint.price_minor, currency);
    return hint.price_minor > 0
      ? t("hint.add_on", { n: hint.gift_n, items, price, reason })
      : t("hint.gift", { n: hint.gift_n, items, reason });
  }
  if (hint.missing_minor > 0) {
    return t("hint.spend", { amount: sayMoney(hint.missing_minor, currency), reason });
  }
  if (hint.missing_unit !== "piece") {
    return t("hint.spend", { amount: sayQuantity(hint.missing_n * 1000, hint.missing_unit), reason });
  }
  return hint.missing_n === 1
    ? t("hint.pieces_1", { reason })
    : t("hint.pieces", { n: hint.missing_n, reason });
}

export function Hints(props: { view: LaneView }): JSX.Element | null {
  const { hints, currency } = props.view;
  if (!hints.length) return null;
  return (
    <aside class="hints small" aria-label={t("hint.title")}>
      <span class="quiet">{t("hint.title")}</span>
      <ul>
        {hints.map((hint) => (
          <li key={hint.rule}>{sayHint(hint, currency)}</li>
        ))}
      </ul>
    </aside>
  );
}
