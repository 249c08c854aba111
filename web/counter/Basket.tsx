/** The live basket: every line with its price and the reason of every cent taken off. */
import type { JSX } from "preact";
import { memo } from "preact/compat";
import { useLayoutEffect, useRef } from "preact/hooks";
import { t } from "../shared/i18n.ts";
import { Chip } from "../shared/parts.tsx";
import { sayReason } from "../shared/reason.ts";
import { sayMoney, sayQuantity } from "../shared/say.ts";
import type { LaneLine, LaneView } from "../shared/wire.ts";
import { voidLine } from "./acts.ts";
import { Hints } from "./Hints.tsx";
import { busy, closed } from "./state.ts";

/** The price of one unit, said only where it made the amount. */
function sayPrice(line: LaneLine, currency: string): string {
  if (line.price_minor === null) return "";
  const each = sayMoney(line.price_minor, currency);
  if (line.unit === "piece" && line.per === 1000) return each;
  return `${each}/${sayQuantity(line.per, line.unit).replace(/^1 /, "")}`;
}

function Badges(props: { line: LaneLine }): JSX.Element | null {
  const { weighed, priced_label, override, lot, expires_on } = props.line;
  if (!weighed && !priced_label && !override && !lot && !expires_on) return null;
  return (
    <span class="badges">
      {weighed ? <Chip>{t("basket.weighed")}</Chip> : null}
      {priced_label ? <Chip>{t("basket.label")}</Chip> : null}
      {override ? <Chip tone="warn">{t("basket.override")}</Chip> : null}
      {lot ? <Chip>{t("basket.lot", { lot })}</Chip> : null}
      {expires_on ? <Chip>{t("basket.expires", { day: expires_on })}</Chip> : null}
    </span>
  );
}

interface LineProps {
  line: LaneLine;
  currency: string;
  newest: boolean;
  still: boolean;
}

function BasketLine(props: LineProps): JSX.Element {
  const { line, currency } = props;
  return (
    <li class={`line ${props.newest ? "is-newest" : ""}`} data-line={line.line}>
      <span class="name">
        {line.name} <Badges line={line} />
      </span>
      <span class="figures">
        <span class="quantity num">{sayQuantity(line.quantity, line.unit)}</span>
        <span class="price num quiet">{sayPrice(line, currency)}</span>
      </span>
      <span class="amount num">{sayMoney(line.gross_minor, currency)}</span>
      <button
        type="button"
        class="plain void"
        disabled={props.still}
        aria-label={t("basket.void", { name: line.name })}
        title={t("basket.void", { name: line.name })}
        onClick={() => void voidLine(line.line)}
      >
        <span aria-hidden="true">✕</span>
      </button>
      {line.adjustments.map((taken) => (
        <span class="taken" key={taken.rule + taken.kind}>
          <span class="why">
            {sayReason(taken)}
            {taken.funded_by === "maker" && taken.kind !== "coupon" ? (
              <span class="funded"> · {t("basket.maker")}</span>
            ) : null}
          </span>
          <span class="num">{sayMoney(-taken.amount_minor, currency)}</span>
        </span>
      ))}
    </li>
  );
}

// A line is drawn again only when its figures changed: a long basket stays quick while scanning.
const Line = memo(BasketLine, (a: LineProps, b: LineProps) => {
  const same = a.newest === b.newest && a.still === b.still && a.currency === b.currency;
  return same && JSON.stringify(a.line) === JSON.stringify(b.line);
});

function Waiting(props: { currency: string }): JSX.Element {
  const last = closed.value;
  return (
    <div class="waiting">
      {last && last.change_minor > 0 ? (
        <p class="change-big">
          {t("pay.change")} <strong>{sayMoney(last.change_minor, props.currency)}</strong>
        </p>
      ) : null}
      <p class="waiting-big">{t("basket.empty")}</p>
      <p class="quiet">{t("basket.empty_hint")}</p>
    </div>
  );
}

function Head(props: { view: LaneView }): JSX.Element {
  const { view } = props;
  const lines_n = view.lines.length;
  const coupons_n = view.coupons.length;
  return (
    <header>
      <h2>{t("basket.title")}</h2>
      {lines_n ? (
        <span class="quiet small">
          {lines_n === 1 ? t("basket.line_1") : t("basket.lines_n", { n: lines_n })}
        </span>
      ) : null}
      <span class="push chips">
        {view.member ? (
          <Chip tone="brand">{t("basket.member", { member: view.member })}</Chip>
        ) : null}
        {coupons_n ? (
          <Chip tone="brand">
            {coupons_n === 1 ? t("basket.coupon_1") : t("basket.coupons", { n: coupons_n })}
          </Chip>
        ) : null}
        {view.worker ? (
          <span class="quiet small">{t("counter.worker", { worker: view.worker })}</span>
        ) : null}
      </span>
    </header>
  );
}

export function Basket(props: { view: LaneView }): JSX.Element {
  const { view } = props;
  const list = useRef<HTMLOListElement>(null);
  const newest = view.lines.at(-1)?.line;
  useLayoutEffect(() => {
    const box = list.current;
    if (box) box.scrollTop = box.scrollHeight;
  }, [newest]);
  return (
    <section class="card basket" aria-label={t("basket.title")}>
      <Head view={view} />
      {view.lines.length ? (
        <>
          <p class="columns small quiet" aria-hidden="true">
            <span>{t("basket.item")}</span>
            <span class="num">{t("basket.quantity")}</span>
            <span class="num">{t("basket.price")}</span>
            <span class="num">{t("basket.amount")}</span>
          </p>
          <ol class="lines" ref={list} tabIndex={0} aria-label={t("basket.title")}>
            {view.lines.map((line) => (
              <Line
                key={line.line}
                line={line}
                currency={view.currency}
                newest={line.line === newest}
                still={busy.value}
              />
            ))}
          </ol>
          <Hints view={view} />
        </>
      ) : (
        <Waiting currency={view.currency} />
      )}
    </section>
  );
}
