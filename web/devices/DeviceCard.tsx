/** One device: how it is, what it said last, what can be tried, and everything else on demand. */
import type { JSX } from "preact";
import { t, tWord } from "../shared/i18n.ts";
import { Chip } from "../shared/parts.tsx";
import { sayAge, sayCount, sayTime } from "../shared/say.ts";
import type { DeviceReport, Identity } from "../shared/wire.ts";
import { act, held, running } from "./acts.ts";
import { Buttons, Outcome } from "./Buttons.tsx";
import { Icon } from "./Icon.tsx";
import { isWell, leases, now_ms, scans } from "./state.ts";
import { readWeight, sayKind, saySentence, sayTrouble, sayWhen, stateOf } from "./words.ts";

const IDENTITY: readonly (keyof Identity)[] = ["maker", "model", "serial", "firmware", "usb", "path"];

function Trouble(props: { device: DeviceReport }): JSX.Element | null {
  const { device } = props;
  if (device.state === "ready" || !device.code) return null;
  const said = sayTrouble(device.code, device.detail, device.category);
  const open = device.upos_state !== "closed";
  return (
    <div class={`trouble ${open ? "is-warn" : "is-bad"}`}>
      <p>
        <strong>{said.cause}</strong>
      </p>
      {said.cure ? <p>{said.cure}</p> : null}
      {said.known && saySentence(device.detail) === device.detail ? (
        <p class="detail" lang="en">
          {device.detail}
        </p>
      ) : null}
    </div>
  );
}

function Says(props: { device: DeviceReport }): JSX.Element | null {
  const { device } = props;
  const weight = readWeight(device.says);
  if (!device.says) {
    const mute = device.category === "LineDisplay" || !isWell(device);
    return mute ? null : <p class="says is-none">{t("device.says_none")}</p>;
  }
  const age_ms = Math.max(0, now_ms.value - device.says_at_ms);
  return (
    <p class="says">
      <span class={weight || device.category === "Scanner" ? "said num" : "said"}>
        {weight?.weight ?? saySentence(device.says)}
      </span>
      <span class="quiet small">
        {weight?.note ? `${weight.note} · ` : ""}
        <time
          dateTime={new Date(device.says_at_ms).toISOString()}
          title={sayWhen(device.says_at_ms, now_ms.value)}
        >
          {age_ms < 5000 ? t("device.just_now") : sayAge(age_ms)}
        </time>
      </span>
    </p>
  );
}

function Lease(props: { device: DeviceReport }): JSX.Element | null {
  const { device } = props.device;
  const lease = leases.value.get(device);
  const mine = held.value.has(device);
  const busy = running.value.has(device);
  if (!mine && !lease?.holder) return null;
  return (
    <div class="lease">
      <p>
        {mine
          ? t("lease.mine")
          : t("lease.held", {
              holder: lease?.holder ?? "",
              time: lease?.until_ms ? sayTime(lease.until_ms, undefined, true) : "–",
            })}
        {mine && props.device.category === "Scanner" ? <Scans device={device} /> : null}
      </p>
      <button
        type="button"
        disabled={busy}
        onClick={() => void act(device, mine ? "give_back" : "take")}
      >
        {mine ? t("lease.give_back") : t("lease.take")}
      </button>
    </div>
  );
}

function Scans(props: { device: string }): JSX.Element | null {
  const mine = scans.value.filter((scan) => scan.device === props.device);
  return mine.length ? <span class="code"> {mine.map((scan) => scan.code).join(" · ")}</span> : null;
}

function Facts(props: { title: string; rows: readonly (readonly [string, string])[] }): JSX.Element | null {
  if (!props.rows.length) return null;
  return (
    <section>
      <h3>{props.title}</h3>
      <dl class="facts">
        {props.rows.map(([name, value]) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd>{value}</dd>
          </div>
        ))}
      </dl>
    </section>
  );
}

function Details(props: { device: DeviceReport }): JSX.Element {
  const { device } = props;
  const isLeased = held.value.has(device.device) || Boolean(leases.value.get(device.device)?.holder);
  const busy = running.value.has(device.device);
  const identity = IDENTITY.filter((name) => device.identity[name]);
  const counts = Object.entries(device.statistics);
  return (
    <details>
      <summary>{t("device.more")}</summary>
      <div class="more">
        <Facts
          title={t("device.identity")}
          rows={[
            [t("identity.kind"), device.kind],
            ...identity.map((name) => [tWord("identity", name), device.identity[name]] as const),
          ]}
        />
        <Facts
          title={t("device.statistics")}
          rows={counts.map(([name, n]) => [tWord("stat", name.toLowerCase(), name), sayCount(n)])}
        />
        <div class="acts">
          {isLeased ? null : (
            <button type="button" disabled={busy} onClick={() => void act(device.device, "take")}>
              {t("lease.reserve")}
            </button>
          )}
          <button type="button" disabled={busy} onClick={() => void act(device.device, "flight")}>
            {t("act.flight")}
          </button>
        </div>
        <p class="quiet small">{t("act.flight_hint")}</p>
      </div>
    </details>
  );
}

export function DeviceCard(props: { device: DeviceReport }): JSX.Element {
  const { device } = props;
  const state = stateOf(device);
  return (
    <li class={`card device is-${state.tone || "quiet"}`} data-device={device.device}>
      <header>
        <Icon category={device.category} />
        <h2>
          {sayKind(device.kind)}
          <span class="code">{device.device}</span>
        </h2>
        <Chip tone={state.tone} dot>
          {state.word}
        </Chip>
      </header>
      <p class="where quiet small">
        {device.lanes.length ? (
          <span>{t("device.lanes", { lanes: device.lanes.join(", ") })}</span>
        ) : (
          <span>{t("device.no_lane")}</span>
        )}
        <span>{t("device.since", { time: sayWhen(device.since_ms, now_ms.value) })}</span>
      </p>
      <Trouble device={device} />
      <Says device={device} />
      <Lease device={device} />
      <Buttons device={device} />
      <Outcome device={device} />
      <Details device={device} />
    </li>
  );
}
