/** The stores: who is on the line, how far behind, which price book, and the chosen day. */
import type { JSX } from "preact";
import { t } from "../shared/i18n.ts";
import { Chip } from "../shared/parts.tsx";
import { sayAge, sayCount, sayLag, sayMoney } from "../shared/say.ts";
import type { StoreView } from "../shared/wire.ts";
import { eventsOf } from "./Events.tsx";
import { chooseStore, clock_ms, day, days, hubNow_ms, store, stores } from "./state.ts";

function Fact(props: { name: string; value: string; title?: string; code?: boolean }): JSX.Element {
  return (
    <div>
      <dt>{props.name}</dt>
      <dd class={props.code ? "code" : ""} title={props.title}>
        {props.value}
      </dd>
    </div>
  );
}

function seenText(view: StoreView): string {
  // Reading the clock draws the age again every second.
  void clock_ms.value;
  if (view.last_seen_ms === null) return t("stores.never");
  return sayAge(Math.max(0, hubNow_ms() - view.last_seen_ms));
}

function Store(props: { view: StoreView }): JSX.Element {
  const { view } = props;
  const own = days.value.find((row) => row.store === view.store && row.key === day.value);
  const chosen = store.value === view.store;
  return (
    <li class={chosen ? "is-chosen" : ""}>
      <div class="who">
        <button
          type="button"
          class="plain name"
          aria-pressed={chosen}
          onClick={() => chooseStore(chosen ? "" : view.store)}
        >
          {t("counter.store", { store: view.store })}
        </button>
        <Chip tone={view.link_up ? "good" : "warn"} dot>
          {view.link_up ? t("stores.online") : t("stores.offline")}
        </Chip>
        {own && view.currency ? (
          <span class="push num">
            <strong>{sayMoney(own.net_minor, view.currency)}</strong>
            <span class="quiet small"> · {t("stores.sales_n", { n: sayCount(own.sales_n) })}</span>
          </span>
        ) : null}
      </div>
      <dl class="facts">
        <Fact name={t("stores.seen")} value={seenText(view)} />
        <Fact name={t("stores.lag")} value={view.lag_ms === null ? "–" : sayLag(view.lag_ms)} />
        <Fact
          name={t("stores.head")}
          value={`${sayCount(view.seq)} · ${view.chain_head.slice(0, 8)}`}
          title={view.chain_head}
          code
        />
        <Fact
          name={t("stores.book")}
          value={view.book?.version ?? t("stores.no_book")}
          title={view.book?.hash ?? ""}
        />
      </dl>
      <button
        type="button"
        class="plain small"
        onClick={() => {
          eventsOf.value = view.store;
        }}
      >
        {t("stores.events")}
      </button>
    </li>
  );
}

export function Stores(): JSX.Element {
  const value = stores.value ?? [];
  return (
    <section class="card stores" aria-label={t("stores.title")}>
      <header>
        <h2>{t("stores.title")}</h2>
        <span class="quiet small">{sayCount(value.length)}</span>
      </header>
      <ul>
        {value.map((view) => (
          <Store key={view.store} view={view} />
        ))}
      </ul>
    </section>
  );
}
