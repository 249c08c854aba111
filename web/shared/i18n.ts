/** Two languages: the browser's choice first, the switch after that, kept on this machine. */
import { signal } from "@preact/signals";
import { en } from "./texts/en.ts";
import { zh } from "./texts/zh.ts";

export type Language = "en" | "zh";
export type Text = keyof typeof en;

const CATALOGUES: Record<Language, Record<Text, string>> = { en, zh };
const KEPT = "storeline.language";

function first(): Language {
  const kept = localStorage.getItem(KEPT);
  if (kept === "en" || kept === "zh") return kept;
  return navigator.language.toLowerCase().startsWith("zh") ? "zh" : "en";
}

export const language = signal<Language>(first());
document.documentElement.lang = locale();

/** The locale of numbers and dates. */
export function locale(): string {
  return language.value === "zh" ? "zh-CN" : "en-US";
}

/** Speak `next` from now on. */
export function speak(next: Language): void {
  localStorage.setItem(KEPT, next);
  language.value = next;
  document.documentElement.lang = locale();
}

/** Speak `next` on this page only: what another page of this machine speaks stays. */
export function speakHere(next: Language): void {
  language.value = next;
  document.documentElement.lang = locale();
}

/** The text `key` with `{name}` places filled from `facts`. */
export function t(key: Text, facts: Record<string, string | number> = {}): string {
  return CATALOGUES[language.value][key].replace(/\{(\w+)\}/g, (whole, name: string) =>
    name in facts ? String(facts[name]) : whole,
  );
}

/** The text of a machine word such as a refusal code, or `otherwise` where none is known. */
export function tWord(group: string, word: string, otherwise = word): string {
  const key = `${group}.${word}`;
  return key in en ? t(key as Text) : otherwise;
}
