/** What a device says and lacks, in the reader's language. */
import { type Text, t, tWord } from "../shared/i18n.ts";
import { sayTime } from "../shared/say.ts";
import type { Tone } from "../shared/parts.tsx";
import type { DeviceReport } from "../shared/wire.ts";

export function sayKind(kind: string): string {
  return tWord("kind", kind, kind.replaceAll("_", " "));
}

/** One word for how it is, and how loud to say it. */
export function stateOf(device: DeviceReport): { tone: Tone; word: string } {
  if (device.state === "ready") {
    const busy = device.upos_state === "busy";
    return { tone: busy ? "brand" : "good", word: busy ? t("device.busy") : t("device.ready") };
  }
  if (!device.code) return { tone: "", word: t("device.starting") };
  const open = device.upos_state !== "closed";
  return { tone: open ? "warn" : "bad", word: open ? t("device.trouble") : t("device.gone") };
}

/** What is wrong and what to do, for a code of the box; the box's own words where none are known. */
export function sayTrouble(
  code: string,
  detail: string,
  category = "",
): { cause: string; cure: string; known: boolean } {
  const known = tWord("trouble", code, "") || tWord("refused", code, "");
  const cure = tWord("cure", `${code}_${category.toLowerCase()}`, "") || tWord("cure", code, "");
  return { cause: known || detail || code.replaceAll("_", " "), cure, known: known !== "" };
}

// The sentences of the box that are the same every time; groups fill the places of the text.
const SENTENCES: readonly (readonly [RegExp, Text])[] = [
  [/^Overloaded\.$/, "says.over"],
  [/^Less than nothing is on it\.$/, "says.under"],
  [/^In motion, no weight\.$/, "says.motion"],
  [/^It tells no weight\.$/, "says.no_weight"],
  [/^Printed 1 labels?\.$/, "says.label_1"],
  [/^Printed (?<n>\d+) lines?\.$/, "says.printed"],
  [/^Printed (?<n>\d+) labels?\.$/, "says.labels"],
  [/^Opened the drawer\.$/, "says.drawer"],
  [/^Ready to print\.$/, "says.print_ok"],
  [/^Ready, paper is in\.$/, "says.paper_ok"],
  [/^Ready to print labels\.$/, "says.labels_ok"],
  [/^Paper is near its end\.$/, "says.paper_near_end"],
  [/^The printer's cover is open\.$/, "trouble.cover_open"],
  [/^The label printer's head or cover is open/, "trouble.cover_open"],
  [/^The printer is out of paper\.$/, "trouble.paper_out"],
  [/^The label printer is out of labels\.$/, "trouble.paper_out"],
  [/^No code: /, "says.no_code"],
  [/^Set up by one scan: layout (?<layout>\w+)\.$/, "says.learned"],
  [/^Ready\. /, "says.ready"],
  [/^Ready\.$/, "says.ready"],
  [/^Read (?<code>.+)$/s, "says.read"],
  [/^No code came within (?<n>\d+) s\.$/, "says.no_scan"],
  [/^Another check waits for a scan\.$/, "says.scan_busy"],
  [/^The printer confirmed a test slip\.$/, "says.slip"],
  [/^The label printer confirmed a test label\.$/, "says.label"],
  [/^Sent a test text; /, "says.shown"],
];
const WEIGHT = /^(?<sign>-?)(?<kg>\d+\.\d{3}) kg(?<net> net)?(?<moving>, not at rest)?$/;

/** The weight in what a scale said, or null: a text such as "1.250 kg", and its state. */
export function readWeight(says: string): { weight: string; note: string } | null {
  const found = WEIGHT.exec(says)?.groups;
  if (!found) return null;
  const notes = [found["net"] ? t("says.net") : "", found["moving"] ? t("says.moving") : ""];
  return {
    weight: `${found["sign"] ? "−" : ""}${found["kg"]} kg`,
    note: notes.filter(Boolean).join(" · "),
  };
}

/** A sentence of the box in the reader's language; as it is where it is not one of the usual. */
export function saySentence(sentence: string): string {
  for (const [pattern, text] of SENTENCES) {
    const found = pattern.exec(sentence);
    if (found) return t(text, found.groups ?? {});
  }
  const weight = readWeight(sentence);
  return weight ? [weight.weight, weight.note].filter(Boolean).join(" · ") : sentence;
}

const DAY_MS = 86_400_000;

/** The time of day of something recent, with the day where it was not within the last 24 hours. */
export function sayWhen(at_ms: number, now_ms: number): string {
  if (now_ms - at_ms < DAY_MS) return sayTime(at_ms);
  return new Intl.DateTimeFormat(document.documentElement.lang, {
    dateStyle: "medium",
    timeStyle: "short",
    hourCycle: "h23",
  }).format(at_ms);
}
