/** A store's journal as the hub holds it, newest page first. */
import { signal } from "@preact/signals";
import type { JSX } from "preact";
import { useEffect, useState } from "preact/hooks";
import { fetchJson } from "../shared/api.ts";
import { t } from "../shared/i18n.ts";
import { sayCount, sayTime } from "../shared/say.ts";
import type { EventRow, Page } from "../shared/wire.ts";
import { Sheet } from "./sheet.tsx";
import { stores, zoneOf } from "./state.ts";

const PAGE_N = 25;

/** The store whose events are open. */
export const eventsOf = signal<string | null>(null);

function Row(props: { row: EventRow; zone: string | undefined }): JSX.Element {
  const { row } = props;
  return (
    <li>
      <details>
        <summary>
          <span class="num seq">{sayCount(row.seq)}</span>
          <span class="kind">{row.kind}</span>
          <span class="num quiet small">
            {row.at_ms === null ? "–" : sayTime(row.at_ms, props.zone, true)}
          </span>
        </summary>
        <p class="code quiet">
          {t("events.hash")} {row.hash}
        </p>
        <pre class="code">{JSON.stringify(row.body, null, 1)}</pre>
      </details>
    </li>
  );
}

function Turns(props: { first: number; head: number; go(first: number): void }): JSX.Element {
  const { first, head, go } = props;
  return (
    <p class="turns">
      <button
        type="button"
        disabled={first <= 1}
        onClick={() => go(Math.max(1, first - PAGE_N))}
      >
        {t("events.older")}
      </button>
      <span class="quiet small num">
        {sayCount(first)} – {sayCount(Math.min(head, first + PAGE_N - 1))} / {sayCount(head)}
      </span>
      <button
        type="button"
        disabled={first + PAGE_N > head}
        onClick={() => go(Math.max(1, Math.min(head - PAGE_N + 1, first + PAGE_N)))}
      >
        {t("events.newer")}
      </button>
    </p>
  );
}

export function Events(props: { store: string }): JSX.Element {
  const head = stores.value?.find((row) => row.store === props.store)?.seq ?? 1;
  const [first, setFirst] = useState(Math.max(1, head - PAGE_N + 1));
  const [rows, setRows] = useState<EventRow[] | null>(null);
  useEffect(() => {
    const path = `/v1/stores/${encodeURIComponent(props.store)}/events`;
    fetchJson<Page<EventRow>>(`${path}?first=${first}&limit=${PAGE_N}`).then(
      (page) => setRows([...page.rows].reverse()),
      () => setRows([]),
    );
  }, [props.store, first]);
  return (
    <Sheet
      title={t("events.title", { store: props.store })}
      wide
      onClose={() => {
        eventsOf.value = null;
      }}
    >
      <Turns first={first} head={head} go={setFirst} />
      {rows?.length === 0 ? <p class="empty">{t("events.none")}</p> : null}
      <ol class="events">
        {(rows ?? []).map((row) => (
          <Row key={row.seq} row={row} zone={zoneOf(props.store)} />
        ))}
      </ol>
    </Sheet>
  );
}
