/** What a cashier can do: each act is one request to the box. */
import { signal } from "@preact/signals";
import { Problem, send } from "../shared/api.ts";
import type { LaneView, Sale } from "../shared/wire.ts";
import { act, amountFor, closed, lane, notice } from "./state.ts";

/** Whether the question "cancel the basket?" is open. */
export const asking = signal(false);

export async function openLane(worker: string): Promise<void> {
  await act<LaneView>("POST", "/open", { worker });
}

export async function shutLane(): Promise<void> {
  await act<LaneView>("POST", "/shut");
}

const PIECE = 1000;

/** Ring `typed`: a code, or "3*code" for three pieces of it. Whether the shop took it. */
export async function scan(typed: string): Promise<boolean> {
  const many = /^(\d{1,3})\s*[*×]\s*(\S.*)$/.exec(typed);
  const pieces_n = Number(many?.[1] ?? 0);
  const body = many?.[2] && pieces_n ? { code: many[2], quantity: pieces_n * PIECE } : { code: typed };
  return (await act<LaneView>("POST", "/scan", body)) !== null;
}

/** Ring an item that has no price of its own. */
export async function ringAmount(item: string, amount_minor: number): Promise<void> {
  amountFor.value = null;
  await act<LaneView>("POST", "/lines", { item, amount_minor });
}

export async function voidLine(line: number): Promise<void> {
  await act<LaneView>("DELETE", `/lines/${line}?reason=voided`);
}

export async function cancelBasket(reason: string): Promise<void> {
  asking.value = false;
  await act<LaneView>("POST", "/cancel", { reason });
}

export async function pay(kind: string, amount_minor: number): Promise<void> {
  await act<LaneView>("POST", "/tenders", { kind, amount_minor });
}

export async function payDue(kind: string): Promise<void> {
  const view = lane.value;
  if (!view?.lines.length || view.due_minor <= 0) return;
  await pay(kind, kind === "cash" ? view.cash_due_minor : view.due_minor);
}

export async function takeBack(): Promise<void> {
  await act<LaneView>("DELETE", "/tenders");
}

export async function closeSale(): Promise<void> {
  const sale = await act<Sale>("POST", "/close");
  if (!sale) return;
  const change_minor = sale.tenders.reduce((sum, tender) => sum + (tender.change_minor ?? 0), 0);
  closed.value = { number: sale.number, payable_minor: sale.payable_minor, change_minor };
}

export async function printCopy(number: string): Promise<void> {
  try {
    await send<unknown>("POST", `/v1/receipts/${encodeURIComponent(number)}/print`);
  } catch (problem) {
    if (!(problem instanceof Problem)) throw problem;
    notice.value = { code: problem.code, detail: problem.message };
  }
}

const NOTES_MINOR = [500, 1000, 2000, 5000, 10_000];

/** Sums a customer is likely to hand over for `due_minor`: each is made of whole notes. */
export function likelyCash(due_minor: number): number[] {
  const sums = NOTES_MINOR.map((note) => Math.ceil(due_minor / note) * note);
  return [...new Set(sums)].filter((sum) => sum > due_minor).sort((a, b) => a - b).slice(0, 3);
}
