/** Small parts of all pages. */
import type { ComponentChildren, JSX } from "preact";
import { useState } from "preact/hooks";
import { keepToken } from "./api.ts";
import { type Language, language, speak, t } from "./i18n.ts";

export type Tone = "good" | "warn" | "bad" | "brand" | "";

/** A short state in a pill; the dot is for states that live. */
export function Chip(props: {
  tone?: Tone;
  dot?: boolean;
  title?: string;
  children: ComponentChildren;
}): JSX.Element {
  return (
    <span class={`chip ${props.tone ?? ""}`} title={props.title}>
      {props.dot ? <span class="dot" aria-hidden="true" /> : null}
      {props.children}
    </span>
  );
}

/** The mark with the name of the place. */
export function Mark(props: { children: ComponentChildren }): JSX.Element {
  return (
    <h1 class="mark">
      <img src="/mark.svg" alt="" />
      <span>{props.children}</span>
    </h1>
  );
}

/** Changes between the two languages; its label is in the language it leads to. */
export function LanguageSwitch(props: { onSpeak?: (next: Language) => void }): JSX.Element {
  const choose = props.onSpeak ?? speak;
  const next = language.value === "zh" ? "en" : "zh";
  return (
    <button
      type="button"
      class="plain language"
      lang={next === "zh" ? "zh-CN" : "en"}
      onClick={() => choose(next)}
    >
      {next === "zh" ? "中文" : "English"}
    </button>
  );
}

/** Asks for the access token where the address brought none or a wrong one. */
export function Gate(): JSX.Element {
  const [typed, setTyped] = useState("");
  const enter = (event: Event): void => {
    event.preventDefault();
    if (typed.trim()) keepToken(typed.trim());
  };
  return (
    <main class="card gate">
      <form onSubmit={enter}>
        <Mark>Storeline</Mark>
        <p class="quiet">{t("gate.why")}</p>
        <label class="field">
          {t("gate.token")}
          <input
            name="token"
            type="password"
            autocomplete="off"
            value={typed}
            onInput={(event) => setTyped(event.currentTarget.value)}
          />
        </label>
        <button class="main" type="submit">
          {t("gate.enter")}
        </button>
        <LanguageSwitch />
      </form>
    </main>
  );
}
