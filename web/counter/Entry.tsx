/** The field that takes a scan, a typed code, or a name to look up. */
import { signal } from "@preact/signals";
import type { JSX } from "preact";
import { useEffect, useRef } from "preact/hooks";
import { fetchJson } from "../shared/api.ts";
import { t } from "../shared/i18n.ts";
import { sayMoney } from "../shared/say.ts";
import type { ItemView } from "../shared/wire.ts";
import { scan } from "./acts.ts";
import { lane } from "./state.ts";

const FOUND_MAX_N = 6;
const SEARCH_WAIT_MS = 180;

const text = signal("");
const found = signal<ItemView[]>([]);
let field: HTMLInputElement | null = null;
let asked = 0;

export function focusEntry(): void {
  field?.focus();
}

// Codes are digits; only something with a letter is worth a search by name.
function isName(typed: string): boolean {
  return typed.trim().length >= 2 && !/\d{4}/.test(typed) && /\p{L}/u.test(typed);
}

async function search(typed: string): Promise<void> {
  asked += 1;
  const mine = asked;
  if (!isName(typed)) {
    found.value = [];
    return;
  }
  await new Promise((go) => setTimeout(go, SEARCH_WAIT_MS));
  if (mine !== asked) return;
  const query = `search=${encodeURIComponent(typed.trim())}&limit=${FOUND_MAX_N}`;
  const reply = await fetchJson<{ items: ItemView[] }>(`/v1/items?${query}`).catch(() => null);
  if (mine === asked) found.value = reply?.items ?? [];
}

function clear(): void {
  asked += 1;
  text.value = "";
  found.value = [];
}

/** A refused code stays in the field, so that a slip can be put right. */
async function enter(code: string): Promise<void> {
  if (!code) return;
  clear();
  if (!(await scan(code)) && !text.value) text.value = code;
  field?.select();
}

function onSubmit(event: Event): void {
  event.preventDefault();
  const only = found.value.length === 1 ? found.value[0] : undefined;
  void enter(only?.codes[0] ?? text.value.trim());
}

function FoundItems(): JSX.Element | null {
  if (!found.value.length) return null;
  const currency = lane.value?.currency ?? "USD";
  return (
    <ul class="found" aria-label={t("entry.found")}>
      {found.value.map((item) => (
        <li key={item.item}>
          <button type="button" onClick={() => void enter(item.codes[0] ?? item.item)}>
            <span>{item.name}</span>
            <span class="num">{sayMoney(item.price_minor, currency)}</span>
          </button>
        </li>
      ))}
    </ul>
  );
}

export function Entry(): JSX.Element {
  const input = useRef<HTMLInputElement>(null);
  useEffect(() => {
    field = input.current;
    // On a touch screen a focused field would raise the keyboard over the basket.
    if (matchMedia("(hover: hover) and (pointer: fine)").matches) field?.focus();
    return () => {
      field = null;
    };
  }, []);
  return (
    <form class="entry" onSubmit={onSubmit}>
      <label class="unseen" for="entry">
        {t("entry.label")}
      </label>
      <input
        ref={input}
        id="entry"
        name="code"
        autocomplete="off"
        autocapitalize="off"
        spellcheck={false}
        enterkeyhint="enter"
        maxLength={256}
        placeholder={t("entry.placeholder")}
        value={text.value}
        onInput={(event) => {
          text.value = event.currentTarget.value;
          void search(text.value);
        }}
        onKeyDown={(event) => {
          if (event.key === "Escape") clear();
        }}
      />
      <button type="submit">
        {t("entry.add")} <kbd>↵</kbd>
      </button>
      <FoundItems />
    </form>
  );
}
