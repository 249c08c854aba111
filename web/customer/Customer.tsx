/** The whole screen a customer reads: welcome, basket and total, payment, thanks. */
import type { ComponentChildren, JSX } from "preact";
import { useEffect } from "preact/hooks";
import { token } from "../shared/api.ts";
import { t } from "../shared/i18n.ts";
import { hearing } from "../shared/live.ts";
import { Chip, Gate, LanguageSwitch, Mark } from "../shared/parts.tsx";
import { sayCount, sayMoney } from "../shared/say.ts";
import type { LaneView } from "../shared/wire.ts";
import { Goods, piecesOf } from "./Goods.tsx";
import { chosen, lane, lanes, shop, speakToThisCustomer, thanks, view } from "./state.ts";

function Cards(props: { view: LaneView }): JSX.Element {
  const coupons_n = props.view.coupons.length;
  return (
    <>
      {props.view.member ? <Chip tone="brand">✓ {t("customer.member")}</Chip> : null}
      {coupons_n ? (
        <Chip tone="brand">
          {coupons_n === 1 ? t("customer.coupon_1") : t("customer.coupons", { n: coupons_n })}
        </Chip>
      ) : null}
    </>
  );
}

function Top(): JSX.Element {
  return (
    <header class="top">
      <Mark>{shop.value?.name || "Storeline"}</Mark>
      <span class="push chips">
        {view.value ? <Cards view={view.value} /> : null}
        {/* Until the first word of the box the page is starting, and nothing is late. */}
        {!hearing.value && lanes.value ? <Chip tone="warn">{t("customer.wait")}</Chip> : null}
      </span>
      <LanguageSwitch onSpeak={speakToThisCustomer} />
    </header>
  );
}

function Payment(props: { view: LaneView }): JSX.Element | null {
  const { view: paying } = props;
  if (paying.state !== "paying") return null;
  const say = (amount_minor: number): string => sayMoney(amount_minor, paying.currency);
  return (
    <dl class="payment">
      <div>
        <dt>{t("customer.paid")}</dt>
        <dd class="num">{say(paying.tendered_minor)}</dd>
      </div>
      {paying.due_minor > 0 ? (
        <div class="is-due">
          <dt>{t("customer.due")}</dt>
          <dd class="num">{say(paying.due_minor)}</dd>
        </div>
      ) : null}
      {paying.change_minor > 0 ? (
        <div class="is-change">
          <dt>{t("customer.change")}</dt>
          <dd class="num">{say(paying.change_minor)}</dd>
        </div>
      ) : null}
      {paying.due_minor === 0 && paying.change_minor === 0 ? (
        <div class="is-change">
          <dt>✓ {t("customer.all_paid")}</dt>
        </div>
      ) : null}
    </dl>
  );
}

function Sum(props: { view: LaneView }): JSX.Element {
  const { view: open } = props;
  const pieces_n = open.lines.reduce((sum, line) => sum + piecesOf(line), 0);
  const total_minor = open.payable_minor + open.rounding_minor;
  return (
    <aside class="sum">
      <p class="count">
        {pieces_n === 1 ? t("customer.piece_1") : t("customer.pieces", { n: sayCount(pieces_n) })}
      </p>
      <output class="total" aria-live="polite">
        <span class="label">{t("customer.total")}</span>
        <span class="figure num">{sayMoney(total_minor, open.currency)}</span>
      </output>
      {open.discount_minor > 0 ? (
        <p class="saved">
          {t("customer.saved", { amount: sayMoney(open.discount_minor, open.currency) })}
        </p>
      ) : null}
      <Payment view={open} />
    </aside>
  );
}

function Poster(props: { kind: string; big: string; hint: string; children?: ComponentChildren }): JSX.Element {
  return (
    <section class={`poster is-${props.kind}`} aria-live="polite">
      <p class="big">{props.big}</p>
      {props.children}
      {props.hint ? <p class="hint">{props.hint}</p> : null}
    </section>
  );
}

function Thanks(): JSX.Element | null {
  const said = thanks.value;
  if (!said) return null;
  return (
    <Poster kind="thanks" big={shop.value?.thanks || t("customer.thanks")} hint={t("customer.thanks_hint")}>
      <div class="after">
        {said.change_minor > 0 ? (
          <p class="change">
            {t("customer.change")} <strong>{sayMoney(said.change_minor, said.currency)}</strong>
          </p>
        ) : null}
        {said.saved_minor > 0 ? (
          <p class="saved">
            {t("customer.saved_all", { amount: sayMoney(said.saved_minor, said.currency) })}
          </p>
        ) : null}
      </div>
    </Poster>
  );
}

/** The address names no lane of this store: the installer chooses one. */
function LaneChoice(props: { lanes: readonly string[] }): JSX.Element {
  const why = !props.lanes.length
    ? t("customer.no_lanes")
    : chosen.value
      ? t("customer.no_lane", { lane: chosen.value })
      : t("customer.which_lane");
  const choose = (name: string): void => {
    const search = new URLSearchParams(location.search);
    search.set("lane", name);
    history.replaceState(null, "", `${location.pathname}?${search.toString()}`);
    chosen.value = name;
  };
  return (
    <section class="poster is-choice">
      <p class="big">{why}</p>
      <div class="choices">
        {props.lanes.map((name) => (
          <button key={name} type="button" class="main" onClick={() => choose(name)}>
            {t("counter.lane", { lane: name })}
          </button>
        ))}
      </div>
    </section>
  );
}

function Scene(): JSX.Element {
  const all = lanes.value;
  if (!all) return <Poster kind="wait" big={t("customer.wait")} hint="" />;
  if (!lane.value || !all.includes(lane.value)) return <LaneChoice lanes={all} />;
  const open = view.value;
  if (open?.lines.length) {
    return (
      <div class="basket">
        <Goods view={open} />
        <Sum view={open} />
      </div>
    );
  }
  if (thanks.value) return <Thanks />;
  if (open?.state === "shut") {
    return <Poster kind="shut" big={t("customer.shut")} hint={t("customer.shut_hint")} />;
  }
  const greeting = shop.value?.greeting || t("customer.welcome");
  const name = shop.value?.name;
  return (
    <Poster kind="idle" big={greeting} hint={t("customer.welcome_hint")}>
      {name ? <p class="shop">{name}</p> : null}
    </Poster>
  );
}

export function Customer(): JSX.Element {
  useEffect(() => {
    document.title = `${t("customer.title")} · Storeline`;
  });
  if (!token.value) return <Gate />;
  return (
    <>
      <Top />
      <main class="customer">
        <Scene />
      </main>
    </>
  );
}
