/** The whole counter page: header, the lane's work, and what stands around it. */
import type { JSX } from "preact";
import { useEffect } from "preact/hooks";
import { token } from "../shared/api.ts";
import { t } from "../shared/i18n.ts";
import { hearing } from "../shared/live.ts";
import { Chip, Gate, LanguageSwitch, Mark } from "../shared/parts.tsx";
import { sayCount } from "../shared/say.ts";
import { asking, closeSale, payDue } from "./acts.ts";
import { AmountQuestion } from "./AmountQuestion.tsx";
import { Basket } from "./Basket.tsx";
import { CancelQuestion } from "./CancelQuestion.tsx";
import { Entry, focusEntry } from "./Entry.tsx";
import { NoticeBar } from "./NoticeBar.tsx";
import { Pay } from "./Pay.tsx";
import { ShutLane } from "./ShutLane.tsx";
import { Side } from "./Side.tsx";
import { Total } from "./Total.tsx";
import { amountFor, choose, chosen, dismiss, health, lane, lanes, link } from "./state.ts";

const KEYS: Record<string, () => void> = {
  F2: focusEntry,
  F4: () => void payDue("cash"),
  F7: () => void payDue("card"),
  F8: () => void payDue("wallet"),
  F9: () => void closeSale(),
  Escape: dismiss,
};

// A scanner that types like a keyboard must reach the field wherever the focus is.
function onKey(event: KeyboardEvent): void {
  if (asking.value || amountFor.value || event.ctrlKey || event.metaKey || event.altKey) return;
  const run = KEYS[event.key];
  if (run) {
    if (event.key !== "Escape") event.preventDefault();
    if (!event.repeat) run();
    return;
  }
  const typing = event.target instanceof HTMLInputElement;
  if (!typing && event.key.length === 1 && event.key !== " ") focusEntry();
}

function LaneTabs(): JSX.Element | null {
  const names = [...lanes.value.keys()].sort((a, b) => a.localeCompare(b, "en", { numeric: true }));
  if (names.length < 2) return <span class="lane-name">{t("counter.lane", { lane: chosen.value })}</span>;
  return (
    <nav class="tabs" aria-label={t("counter.lanes")}>
      {names.map((name) => (
        <button
          key={name}
          type="button"
          class="plain"
          aria-current={name === chosen.value ? "page" : undefined}
          onClick={() => choose(name)}
        >
          {t("counter.lane", { lane: name })}
        </button>
      ))}
    </nav>
  );
}

function LinkChip(): JSX.Element | null {
  const state = link.value;
  if (!state) return null;
  const said = state.up
    ? state.lag_n > 0
      ? t("link.lag_n", { n: sayCount(state.lag_n) })
      : t("link.none")
    : `${t("link.down")} · ${t("link.lag_n", { n: sayCount(state.lag_n) })}`;
  return (
    <Chip tone={state.up ? "good" : "warn"} dot title={state.detail}>
      {t("link.short")}: {said}
    </Chip>
  );
}

function Top(): JSX.Element {
  return (
    <header class="top">
      <Mark>{health.value ? t("counter.store", { store: health.value.store }) : "Storeline"}</Mark>
      <LaneTabs />
      <span class="push chips">
        <Chip tone={hearing.value ? "good" : "bad"} dot>
          {hearing.value ? t("page.hearing") : t("page.deaf")}
        </Chip>
        <LinkChip />
      </span>
      <LanguageSwitch />
    </header>
  );
}

export function Counter(): JSX.Element {
  useEffect(() => {
    document.addEventListener("keydown", onKey);
    return () => document.removeEventListener("keydown", onKey);
  }, []);
  useEffect(() => {
    document.title = `${t("counter.title")} · Storeline`;
  });
  if (!token.value) return <Gate />;
  const view = lane.value;
  const shut = view?.state === "shut";
  return (
    <>
      <Top />
      <main class="counter">
        <NoticeBar />
        <div class={`desk ${shut ? "is-shut" : ""}`}>
          {view && !shut ? (
            <>
              <Entry />
              <Total view={view} />
              <Basket view={view} />
              <Pay view={view} />
            </>
          ) : null}
          {view && shut ? <ShutLane view={view} /> : null}
          <Side view={view} />
        </div>
      </main>
      {asking.value ? <CancelQuestion /> : null}
      {amountFor.value ? <AmountQuestion {...amountFor.value} /> : null}
    </>
  );
}
