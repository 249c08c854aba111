/** One receipt with everything on it. */
import { signal } from "@preact/signals";
import type { JSX } from "preact";
import { useEffect, useState } from "preact/hooks";
import { fetchJson, type Problem } from "../shared/api.ts";
import { t, tWord } from "../shared/i18n.ts";
import { Chip } from "../shared/parts.tsx";
import { sayReason } from "../shared/reason.ts";
import { sayCount, sayMoment, sayMoney, sayQuantity } from "../shared/say.ts";
import type { Sale, SoldLine } from "../shared/wire.ts";
import { Sheet } from "./sheet.tsx";
import { zoneOf } from "./state.ts";

/** The number of the receipt that is open. */
export const openSale = signal<string | null>(null);

function Line(props: { line: SoldLine; money: string }): JSX.Element {
  const { line, money } = props;
  return (
    <li>
      <span class="key">
        {line.name}
        <span class="quiet small"> {sayQuantity(line.quantity, line.unit)}</span>{" "}
        {line.weighing ? <Chip>{t("basket.weighed")}</Chip> : null}
        {line.override ? <Chip tone="warn">{t("basket.override")}</Chip> : null}
      </span>
      <span class="num">{sayMoney(line.gross_minor, money)}</span>
      {(line.adjustments ?? []).map((taken) => (
        <span class="taken" key={taken.rule + taken.kind}>
          <span>{sayReason(taken)}</span>
          <span class="num">{sayMoney(-taken.amount_minor, money)}</span>
        </span>
      ))}
    </li>
  );
}

function Sum(props: { name: string; value: string; tone?: string }): JSX.Element {
  return (
    <div class={props.tone}>
      <dt>{props.name}</dt>
      <dd class="num">{props.value}</dd>
    </div>
  );
}

function Sums(props: { sale: Sale; money: string }): JSX.Element {
  const { sale, money } = props;
  return (
    <dl class="sums">
      <Sum name={t("pay.gross")} value={sayMoney(sale.gross_minor, money)} />
      {sale.discount_minor ? (
        <Sum
          name={t("pay.discount")}
          value={sayMoney(-sale.discount_minor, money)}
          tone="is-good"
        />
      ) : null}
      {sale.rounding_minor ? (
        <Sum name={t("pay.rounding")} value={sayMoney(sale.rounding_minor, money)} />
      ) : null}
      <Sum name={t("pay.total")} value={sayMoney(sale.payable_minor, money)} tone="is-sum" />
      {sale.tenders.map((tender, at) => (
        <Sum
          key={`${at}${tender.kind}`}
          name={tWord("tender", tender.kind)}
          value={sayMoney(tender.amount_minor, money)}
        />
      ))}
      {sale.tenders.some((tender) => tender.change_minor) ? (
        <Sum
          name={t("pay.change")}
          value={sayMoney(
            sale.tenders.reduce((sum, tender) => sum + (tender.change_minor ?? 0), 0),
            money,
          )}
        />
      ) : null}
    </dl>
  );
}

function Body(props: { sale: Sale }): JSX.Element {
  const { sale } = props;
  const money = sale.currency || "USD";
  const where = [
    sale.store ? t("counter.store", { store: sale.store }) : "",
    t("counter.lane", { lane: sale.lane }),
    `${t("sale.cashier")} ${sale.worker}`,
    `${t("sale.event")} ${sayCount(sale.seq)}`,
  ];
  return (
    <>
      <p class="quiet small">
        {sayMoment(sale.at_ms, sale.store ? zoneOf(sale.store) : undefined)}
        <br />
        {where.filter(Boolean).join(" · ")}
      </p>
      {sale.sale_number ? (
        <p>
          <Chip tone="warn">{t("sale.refund_of", { number: sale.sale_number })}</Chip>
        </p>
      ) : null}
      {sale.member ? (
        <p>
          <Chip tone="brand">{t("basket.member", { member: sale.member })}</Chip>
        </p>
      ) : null}
      <ol class="sold">
        {sale.lines.map((line) => (
          <Line key={line.line} line={line} money={money} />
        ))}
      </ol>
      <Sums sale={sale} money={money} />
    </>
  );
}

export function SaleSheet(props: { number: string }): JSX.Element {
  const [sale, setSale] = useState<Sale | null>(null);
  const [problem, setProblem] = useState("");
  useEffect(() => {
    fetchJson<Sale>(`/v1/sales/${encodeURIComponent(props.number)}`).then(
      setSale,
      (said: Problem) => setProblem(tWord("refused", said.code, said.message || said.code)),
    );
  }, [props.number]);
  return (
    <Sheet
      title={t("sale.title", { number: props.number })}
      onClose={() => {
        openSale.value = null;
      }}
    >
      {problem ? <p role="alert">{problem}</p> : null}
      {sale ? <Body sale={sale} /> : null}
    </Sheet>
  );
}
