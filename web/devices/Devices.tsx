/** The devices of a store: what works, what does not and why, and buttons to try it. */
import type { JSX } from "preact";
import { useEffect } from "preact/hooks";
import { token } from "../shared/api.ts";
import { t } from "../shared/i18n.ts";
import { hearing } from "../shared/live.ts";
import { Chip, Gate, LanguageSwitch, Mark } from "../shared/parts.tsx";
import { sayCount } from "../shared/say.ts";
import { DeviceCard } from "./DeviceCard.tsx";
import { Papers } from "./Papers.tsx";
import { Setup } from "./Setup.tsx";
import { devices, health, isWell, onlyTrouble, sorted } from "./state.ts";

function Top(): JSX.Element {
  const store = health.value?.store;
  return (
    <header class="top">
      <Mark>{store ? t("devices.of", { store }) : t("devices.title")}</Mark>
      <span class="push chips">
        <Chip tone={hearing.value ? "good" : "bad"} dot>
          {hearing.value ? t("page.hearing") : t("page.deaf")}
        </Chip>
      </span>
      <a class="button plain" href="/">
        {t("counter.title")}
      </a>
      <LanguageSwitch />
    </header>
  );
}

function Filter(props: { all_n: number; trouble_n: number }): JSX.Element {
  const only = onlyTrouble.value;
  return (
    <div class="filter" role="group" aria-label={t("devices.show")}>
      <button
        type="button"
        aria-pressed={!only}
        onClick={() => {
          onlyTrouble.value = false;
        }}
      >
        {t("devices.all")} <span class="num">{sayCount(props.all_n)}</span>
      </button>
      <button
        type="button"
        aria-pressed={only}
        onClick={() => {
          onlyTrouble.value = true;
        }}
      >
        {t("devices.in_trouble")} <span class="num">{sayCount(props.trouble_n)}</span>
      </button>
    </div>
  );
}

function Empty(): JSX.Element {
  return (
    <section class="card nothing">
      <h2>{t("devices.none")}</h2>
      <p>{t("devices.none_how")}</p>
      <pre class="code">
        {'[devices.scanner1]\nkind = "serial_scanner"\nport = "/dev/serial/by-id/…"\n\n[[lanes]]\nid = "1"\nscanner = "scanner1"'}
      </pre>
      <p class="quiet">{t("devices.none_then")}</p>
    </section>
  );
}

function Board(): JSX.Element {
  const all = sorted.value;
  const troubled = all.filter((device) => !isWell(device));
  if (!devices.value) return <p class="empty">{t("devices.waiting")}</p>;
  if (!all.length) return <Empty />;
  const shown = onlyTrouble.value ? troubled : all;
  return (
    <>
      <div class="summary">
        <p class={troubled.length ? "verdict is-bad" : "verdict is-good"} role="status">
          {troubled.length === 0
            ? t("devices.all_well")
            : troubled.length === 1
              ? t("devices.trouble_1")
              : t("devices.trouble_n", { n: sayCount(troubled.length) })}
        </p>
        <Filter all_n={all.length} trouble_n={troubled.length} />
      </div>
      <Papers />
      {shown.length ? (
        <ul class="board">
          {shown.map((device) => (
            <DeviceCard key={device.device} device={device} />
          ))}
        </ul>
      ) : (
        <p class="empty">{t("devices.all_well")}</p>
      )}
    </>
  );
}

export function Devices(): JSX.Element {
  useEffect(() => {
    document.title = `${t("devices.title")} · Storeline`;
  });
  if (!token.value) return <Gate />;
  return (
    <>
      <Top />
      <main class="devices">
        {!hearing.value && devices.value ? (
          <p class="notice is-trouble" role="alert">
            {t("page.trouble")}
          </p>
        ) : null}
        <Board />
        <Setup />
      </main>
    </>
  );
}
