/** What stands around the lane: the last receipt, the devices, the link. */
import type { JSX } from "preact";
import { t, tWord } from "../shared/i18n.ts";
import { Chip } from "../shared/parts.tsx";
import { sayCount, sayTime } from "../shared/say.ts";
import type { DeviceReport, LaneView } from "../shared/wire.ts";
import { printCopy } from "./acts.ts";
import { useReceipt } from "./receipt.ts";
import { devices, link, printed } from "./state.ts";

function LastReceipt(props: { number: string | null }): JSX.Element {
  const picture = useReceipt(props.number);
  return (
    <section class="card receipt" aria-label={t("receipt.title")}>
      <header>
        <h2>{t("receipt.title")}</h2>
        {picture && printed.value === picture.number ? (
          <Chip tone="good">{t("receipt.printed")}</Chip>
        ) : null}
        {picture ? (
          <button
            type="button"
            class="plain push"
            onClick={() => void printCopy(picture.number)}
          >
            {t("receipt.reprint")}
          </button>
        ) : null}
      </header>
      {picture ? (
        <div class="paper" tabIndex={0}>
          <img src={picture.url} alt={t("receipt.alt", { number: picture.number })} />
        </div>
      ) : (
        <p class="empty">{t("receipt.none")}</p>
      )}
    </section>
  );
}

function Device(props: { device: DeviceReport }): JSX.Element {
  const { device } = props;
  const ready = device.state === "ready";
  return (
    <li>
      <span>
        {tWord("kind", device.kind, device.kind.replaceAll("_", " "))}
        <span class="quiet small"> {device.device}</span>
      </span>
      <Chip tone={ready ? "good" : "bad"} dot title={device.detail}>
        {ready ? t("device.ready") : t("device.gone")}
      </Chip>
      {ready ? null : (
        <span class="quiet small why">
          {device.detail} {t("device.since", { time: sayTime(device.since_ms) })}
        </span>
      )}
    </li>
  );
}

function Devices(): JSX.Element {
  const all = [...devices.value.values()].sort((a, b) => a.device.localeCompare(b.device));
  return (
    <section class="card devices" aria-label={t("devices.title")}>
      <header>
        <h2>{t("devices.title")}</h2>
        <a class="push" href="/devices">
          {t("devices.look")}
        </a>
      </header>
      {all.length ? (
        <ul>
          {all.map((device) => (
            <Device key={device.device} device={device} />
          ))}
        </ul>
      ) : (
        <p class="empty">{t("devices.none")}</p>
      )}
    </section>
  );
}

function Link(): JSX.Element | null {
  const state = link.value;
  if (!state) return null;
  return (
    <section class="card link" aria-label={t("link.title")}>
      <header>
        <h2>{t("link.title")}</h2>
        <span class="push">
          <Chip tone={state.up ? "good" : "warn"} dot>
            {state.up ? t("link.up") : t("link.down")}
          </Chip>
        </span>
      </header>
      <dl class="sums">
        <div>
          <dt>{t("link.journal")}</dt>
          <dd class="num">{sayCount(state.head)}</dd>
        </div>
        <div>
          <dt>{t("link.confirmed")}</dt>
          <dd class="num">{sayCount(state.cursor)}</dd>
        </div>
      </dl>
      <progress
        max={Math.max(1, state.head)}
        value={state.cursor}
        aria-label={t("link.confirmed")}
      />
      {state.up || !state.detail ? null : <p class="quiet small detail">{state.detail}</p>}
    </section>
  );
}

export function Side(props: { view: LaneView | null }): JSX.Element {
  return (
    <aside class="side">
      <LastReceipt number={props.view?.last_receipt ?? null} />
      <Devices />
      <Link />
    </aside>
  );
}
