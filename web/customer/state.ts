/** What the customer's screen knows of its lane, drawn once a frame at most. */
import { computed, effect, signal } from "@preact/signals";
import { fetchJson, token } from "../shared/api.ts";
import { type Language, speakHere } from "../shared/i18n.ts";
import { eachFrame, listen } from "../shared/live.ts";
import type { EdgeHealth, LaneView, LiveMessage, ShopView } from "../shared/wire.ts";

const THANKS_MS = 12_000;

/** The sale that was just closed, until the next customer is likely to be there. */
export interface Thanks {
  change_minor: number;
  saved_minor: number;
  currency: string;
}

const asked = new URLSearchParams(location.search);

export const shop = signal<ShopView | null>(null);
export const lanes = signal<readonly string[] | null>(null);
export const view = signal<LaneView | null>(null);
export const thanks = signal<Thanks | null>(null);
export const chosen = signal(asked.get("lane"));

/** The lane this screen stands at: the one named, or the only one. */
export const lane = computed(() => {
  const all = lanes.value;
  return chosen.value ?? (all?.length === 1 ? (all[0] ?? null) : null);
});

// Messages change these at once; `draw` shows them.
const known = new Map<string, LaneView>();
let nextThanks: Thanks | null = null;
let ending = 0;

const draw = eachFrame(() => {
  lanes.value = [...known.keys()];
  view.value = known.get(lane.value ?? "") ?? null;
  thanks.value = nextThanks;
});

/** The language of the store, or the one the address names (`?language=en`). */
export function speakAsTheStore(): void {
  const named = asked.get("language");
  const next = named === "en" || named === "zh" ? named : shop.value?.language;
  if (next) speakHere(next);
}

export function speakToThisCustomer(next: Language): void {
  speakHere(next);
}

function keep(next: LaneView): void {
  const before = known.get(next.lane);
  known.set(next.lane, next);
  if (chosen.value !== null && next.lane !== chosen.value) return;
  if (next.lines.length) nextThanks = null;
  else if (before?.lines.length) end(before, next);
}

/** The basket is empty: sold, or given up. */
function end(before: LaneView, next: LaneView): void {
  const sold = before.due_minor === 0 && before.last_receipt !== next.last_receipt;
  window.clearTimeout(ending);
  if (sold) {
    nextThanks = {
      change_minor: before.change_minor,
      saved_minor: before.discount_minor,
      currency: before.currency,
    };
  }
  ending = window.setTimeout(welcomeTheNext, sold ? THANKS_MS : 0);
}

function welcomeTheNext(): void {
  if (known.get(lane.value ?? "")?.lines.length) return;
  nextThanks = null;
  speakAsTheStore();
  draw();
}

async function fetchShop(): Promise<void> {
  try {
    const first = shop.value === null;
    shop.value = (await fetchJson<EdgeHealth>("/v1/health")).shop;
    if (first) speakAsTheStore();
  } catch {
    // The shop's name shows a little later: the live line asks again on connect.
  }
}

/** Follow the lane for as long as the page is open. */
export function follow(): void {
  effect(() => {
    if (token.value) void fetchShop();
  });
  effect(() => {
    if (chosen.value) draw();
  });
  listen<LiveMessage>("/v1/live", {
    onFresh: () => void fetchShop(),
    onShut: () => void fetchJson("/v1/lanes").catch(() => undefined),
    onMessage: (message) => {
      if (message.type !== "lane") return;
      keep(message.lane);
      draw();
    },
  });
}
