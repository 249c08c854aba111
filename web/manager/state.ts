/** The figures of the manager page: asked for every two seconds, drawn only where they changed. */
import { computed, effect, type Signal, signal } from "@preact/signals";
import { fetchJson, token } from "../shared/api.ts";
import type {
  Page,
  SaleRow,
  StockRow,
  StoresReply,
  StoreView,
  TakingsReply,
  TakingsRow,
} from "../shared/wire.ts";

const PACE_MS = 2000;
const STALE_MS = 6000;
const STOCK_PACE_MS = 10_000;
const STOCK_PAGES_MAX_N = 3;
const TYPING_MS = 200;
const SALES_LIMIT_N = 12;

export const stores = signal<StoreView[] | null>(null);
export const store = signal<string>(new URLSearchParams(location.search).get("store") ?? "");
/** The business day asked for; empty means the latest one with sales. */
export const wantedDay = signal<string>("");
export const days = signal<TakingsRow[]>([]);
export const hours = signal<TakingsRow[]>([]);
export const departments = signal<TakingsRow[]>([]);
export const tenders = signal<TakingsRow[]>([]);
export const reasons = signal<TakingsRow[]>([]);
export const currency = signal<string>("");
export const sales = signal<SaleRow[]>([]);
export const stock = signal<StockRow[]>([]);
export const stockRead_ms = signal(0);
/** The words that stock is searched for, at the hub. */
export const stockWords = signal("");
/** How old the picture is; refreshed every second. */
export const age_ms = signal(0);
export const clock_ms = signal(0);

export const dayNames = computed(() => [...new Set(days.value.map((row) => row.key))].sort());
export const day = computed(() => wantedDay.value || (dayNames.value.at(-1) ?? ""));
export const isStale = computed(() => age_ms.value > STALE_MS);
export const currencies = computed(
  () => new Set((stores.value ?? []).map((row) => row.currency).filter(Boolean)),
);

let goodAt_ms = 0;
let hubAhead_ms = 0;
let seen = "";
let stockAt_ms = 0;
let typed = 0;
let wake: () => void = () => undefined;

/** Keep the drawn value where the new one says the same, so that nothing flickers. */
function keep<T>(place: Signal<T>, value: T): void {
  if (JSON.stringify(place.peek()) !== JSON.stringify(value)) place.value = value;
}

/** The hub's time now, as far as this page can tell. */
export function hubNow_ms(): number {
  return Date.now() + hubAhead_ms;
}

function query(facts: Record<string, string>): string {
  const filled = Object.entries(facts).filter(([, value]) => value !== "");
  return new URLSearchParams(filled).toString();
}

async function fetchTakings(by: string, from: string): Promise<TakingsReply> {
  const asked = query({ by, store: store.value, from, to: from });
  return fetchJson<TakingsReply>(`/v1/takings?${asked}`);
}

async function fetchDays(): Promise<void> {
  const reply = await fetchTakings("day", "");
  currency.value = reply.currency || currency.value;
  keep(days, reply.rows);
}

async function fetchDay(): Promise<void> {
  const chosen = day.value;
  if (!chosen) return;
  const asked = query({
    store: store.value,
    from: chosen,
    to: chosen,
    limit: String(SALES_LIMIT_N),
  });
  const [byHour, byDepartment, byTender, byReason, latest] = await Promise.all([
    fetchTakings("hour", chosen),
    fetchTakings("department", chosen),
    fetchTakings("tender", chosen),
    fetchTakings("reason", chosen),
    fetchJson<Page<SaleRow>>(`/v1/sales?${asked}`),
  ]);
  keep(hours, byHour.rows);
  keep(departments, byDepartment.rows);
  keep(tenders, byTender.rows);
  keep(reasons, byReason.rows);
  keep(sales, latest.rows);
}

async function fetchStock(): Promise<void> {
  const rows: StockRow[] = [];
  let after = "";
  for (let page_n = 0; page_n < STOCK_PAGES_MAX_N; page_n += 1) {
    const search = stockWords.value.trim();
    const asked = query({ store: store.value, search, after, limit: "1000" });
    const page = await fetchJson<Page<StockRow>>(`/v1/stock?${asked}`);
    rows.push(...page.rows);
    if (page.next === null) break;
    after = String(page.next);
  }
  keep(stock, rows);
  stockRead_ms.value = Date.now();
}

/** One look at the hub. Nothing more is asked while no store has sent a new event. */
async function look(): Promise<void> {
  const reply = await fetchJson<StoresReply>("/v1/stores");
  hubAhead_ms = reply.at_ms - Date.now();
  keep(stores, reply.stores);
  if (!store.value && currencies.value.size > 1) store.value = reply.stores[0]?.store ?? "";
  const heads = reply.stores.map((row) => `${row.store}:${row.epoch}:${row.seq}`);
  const mark = JSON.stringify([heads, store.value, wantedDay.value]);
  if (mark !== seen) {
    await fetchDays();
    await fetchDay();
    seen = mark;
  }
  if (Date.now() - stockAt_ms > STOCK_PACE_MS) {
    await fetchStock();
    stockAt_ms = Date.now();
  }
  goodAt_ms = Date.now();
}

async function run(): Promise<never> {
  for (;;) {
    const paced = new Promise<void>((go) => {
      wake = go;
      setTimeout(go, PACE_MS);
    });
    // A failed look keeps the old figures on the page; their age says so.
    if (token.value && !document.hidden) await look().catch(() => undefined);
    await paced;
  }
}

/** Follow the hub for as long as the page is open. */
export function follow(): void {
  goodAt_ms = Date.now();
  setInterval(() => {
    age_ms.value = Date.now() - goodAt_ms;
    clock_ms.value = Date.now();
  }, 1000);
  effect(() => {
    if (token.value) wake();
  });
  document.addEventListener("visibilitychange", () => wake());
  void run();
}

/** Show `name`, or every store where it is empty. */
export function chooseStore(name: string): void {
  store.value = name;
  stockAt_ms = 0;
  const search = new URLSearchParams(location.search);
  if (name) search.set("store", name);
  else search.delete("store");
  history.replaceState(null, "", `${location.pathname}?${search.toString()}`);
  wake();
}

/** Search stock for `words`, once the typing rests. */
export function searchStock(words: string): void {
  stockWords.value = words;
  clearTimeout(typed);
  typed = setTimeout(() => {
    stockAt_ms = 0;
    wake();
  }, TYPING_MS);
}

/** Show business day `name`; the latest one follows the trade. */
export function chooseDay(name: string): void {
  wantedDay.value = name === dayNames.value.at(-1) ? "" : name;
  wake();
}

/** The zone of a store, for its times of day. */
export function zoneOf(name: string): string | undefined {
  return stores.value?.find((row) => row.store === name)?.zone || undefined;
}

type Sum = "sales_n" | "refunds_n" | "pieces" | "weight_g" | "gross_minor" | "discount_minor" | "net_minor";

/** The sum of `what` over `rows`. */
export function sumOf(rows: TakingsRow[], what: Sum): number {
  return rows.reduce((sum, row) => sum + row[what], 0);
}

/** `rows` of several stores as one row per key, the largest amount first. */
export function byKey(rows: TakingsRow[]): { key: string; net_minor: number; sales_n: number }[] {
  const sums = new Map<string, { key: string; net_minor: number; sales_n: number }>();
  for (const row of rows) {
    const sum = sums.get(row.key) ?? { key: row.key, net_minor: 0, sales_n: 0 };
    sum.net_minor += row.net_minor;
    sum.sales_n += row.sales_n;
    sums.set(row.key, sum);
  }
  return [...sums.values()].sort((a, b) => b.net_minor - a.net_minor);
}
