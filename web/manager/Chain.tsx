/** The whole manager page. */
import type { JSX } from "preact";
import { useEffect } from "preact/hooks";
import { token } from "../shared/api.ts";
import { t, tWord } from "../shared/i18n.ts";
import { Chip, Gate, LanguageSwitch, Mark } from "../shared/parts.tsx";
import { sayAge, sayDay } from "../shared/say.ts";
import { Events, eventsOf } from "./Events.tsx";
import { Figures } from "./Figures.tsx";
import { openSale, SaleSheet } from "./SaleSheet.tsx";
import { Sales } from "./Sales.tsx";
import { Shares } from "./Shares.tsx";
import {
  age_ms,
  chooseDay,
  chooseStore,
  currencies,
  day,
  dayNames,
  departments,
  isStale,
  reasons,
  store,
  stores,
  tenders,
} from "./state.ts";
import { Stock } from "./Stock.tsx";
import { Stores } from "./Stores.tsx";
import { Takings } from "./Takings.tsx";

function StoreChoice(): JSX.Element {
  const many = currencies.value.size <= 1;
  return (
    <label class="choice">
      <span class="unseen">{t("chain.store")}</span>
      <select value={store.value} onChange={(event) => chooseStore(event.currentTarget.value)}>
        {many ? <option value="">{t("chain.all_stores")}</option> : null}
        {(stores.value ?? []).map((row) => (
          <option key={row.store} value={row.store}>
            {t("counter.store", { store: row.store })}
          </option>
        ))}
      </select>
    </label>
  );
}

function DayChoice(): JSX.Element | null {
  const names = dayNames.value;
  if (!names.length) return null;
  const at = names.indexOf(day.value);
  const before = names[at - 1];
  const after = names[at + 1];
  return (
    <div class="days" role="group" aria-label={t("chain.day")}>
      <button
        type="button"
        class="plain"
        disabled={!before}
        aria-label={t("chain.day_before")}
        onClick={() => before && chooseDay(before)}
      >
        <span aria-hidden="true">‹</span>
      </button>
      <select
        aria-label={t("chain.day")}
        value={day.value}
        onChange={(event) => chooseDay(event.currentTarget.value)}
      >
        {[...names].reverse().map((name) => (
          <option key={name} value={name}>
            {sayDay(name)}
          </option>
        ))}
      </select>
      <button
        type="button"
        class="plain"
        disabled={!after}
        aria-label={t("chain.day_after")}
        onClick={() => after && chooseDay(after)}
      >
        <span aria-hidden="true">›</span>
      </button>
    </div>
  );
}

function Freshness(): JSX.Element {
  return (
    <span class="push" role="status">
      <Chip tone={isStale.value ? "warn" : "good"} dot>
        {isStale.value ? t("chain.stale", { age: sayAge(age_ms.value) }) : t("chain.fresh")}
      </Chip>
    </span>
  );
}

function Top(): JSX.Element {
  return (
    <header class="top">
      <Mark>{t("chain.title")}</Mark>
      <StoreChoice />
      <DayChoice />
      <Freshness />
      <LanguageSwitch />
    </header>
  );
}

function Empty(): JSX.Element {
  const waiting = stores.value === null;
  return (
    <section class="card nothing">
      <p class="nothing-big">{waiting ? t("chain.waiting") : t("chain.no_stores")}</p>
      {waiting ? null : <p class="quiet">{t("chain.no_stores_hint")}</p>}
    </section>
  );
}

function Board(): JSX.Element {
  return (
    <>
      <Figures />
      <Takings />
      <Stores />
      <Shares title={t("department.title")} rows={departments.value} name={(key) => key} />
      <Shares
        title={t("tenders.title")}
        rows={tenders.value}
        name={(key) => tWord("tender", key)}
      />
      <Shares title={t("reason.title")} rows={reasons.value} name={(key) => tWord("reason", key)} />
      <Sales />
      <Stock />
    </>
  );
}

export function Chain(): JSX.Element {
  useEffect(() => {
    document.title = `${t("chain.title")} · Storeline`;
  });
  if (!token.value) return <Gate />;
  return (
    <>
      <Top />
      <main class="board">{stores.value?.length ? <Board /> : <Empty />}</main>
      {openSale.value ? <SaleSheet number={openSale.value} /> : null}
      {eventsOf.value ? <Events store={eventsOf.value} /> : null}
    </>
  );
}
