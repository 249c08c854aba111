/** How figures are written for people. Money stays an integer until it is a text. */
import { locale } from "./i18n.ts";

const formats = new Map<string, Intl.NumberFormat>();

function money(currency: string): Intl.NumberFormat {
  const key = `${locale()} ${currency}`;
  let format = formats.get(key);
  if (!format) {
    format = new Intl.NumberFormat(locale(), {
      style: "currency",
      currency,
      currencyDisplay: "narrowSymbol",
    });
    formats.set(key, format);
  }
  return format;
}

/** Decimals of the currency's minor unit (ISO 4217). */
export function minorDigits(currency: string): number {
  return money(currency).resolvedOptions().maximumFractionDigits ?? 2;
}

/** `amount_minor` as printed: "$12.30". Goes through a decimal text, never through a float. */
export function sayMoney(amount_minor: number, currency: string): string {
  const digits = minorDigits(currency);
  const text = String(Math.abs(amount_minor)).padStart(digits + 1, "0");
  const whole = digits ? `${text.slice(0, -digits)}.${text.slice(-digits)}` : text;
  const sign = amount_minor < 0 ? "-" : "";
  return money(currency)
    .format(`${sign}${whole}` as Intl.StringNumericLiteral)
    .replace("-", "−");
}

/** An amount a person typed ("12.3") in minor units, or null where it is no amount. */
export function readMoney(text: string, currency: string): number | null {
  const digits = minorDigits(currency);
  const match = /^(\d{1,9})(?:[.,](\d*))?$/.exec(text.trim());
  const rest = match?.[2] ?? "";
  if (!match || rest.length > digits) return null;
  return Number(`${match[1]}${rest.padEnd(digits, "0")}`);
}

/** A whole number with the language's grouping. */
export function sayCount(n: number): string {
  return new Intl.NumberFormat(locale()).format(n);
}

/** A quantity in thousandths of a piece, in g or in ml. */
export function sayQuantity(quantity: number, unit: string): string {
  if (unit === "piece") return sayThousandths(quantity);
  if (Math.abs(quantity) < 1000) return `${sayCount(quantity)} ${unit}`;
  return `${sayThousandths(quantity)} ${unit === "ml" ? "l" : "kg"}`;
}

function sayThousandths(quantity: number): string {
  const text = String(Math.abs(quantity)).padStart(4, "0");
  const rest = text.slice(-3).replace(/0+$/, "");
  const whole = Number(text.slice(0, -3));
  const sign = quantity < 0 ? "−" : "";
  return `${sign}${sayCount(whole)}${rest ? `.${rest}` : ""}`;
}

const UNITS: readonly [Intl.RelativeTimeFormatUnit, number][] = [
  ["day", 86_400_000],
  ["hour", 3_600_000],
  ["minute", 60_000],
  ["second", 1000],
];

/** An age as people say it: "3 seconds ago". */
export function sayAge(age_ms: number): string {
  const format = new Intl.RelativeTimeFormat(locale(), { numeric: "always", style: "short" });
  for (const [unit, size_ms] of UNITS) {
    if (age_ms >= size_ms) return format.format(-Math.floor(age_ms / size_ms), unit);
  }
  return format.format(-0, "second"); // "0 seconds ago", not "in 0 seconds"
}

/** A length of time in one short word: "0 ms", "1.2 s", "3 min". */
export function sayLag(lag_ms: number): string {
  if (lag_ms < 1000) return `${lag_ms} ms`;
  if (lag_ms < 60_000) return `${(lag_ms / 1000).toFixed(1)} s`;
  if (lag_ms < 3_600_000) return `${Math.floor(lag_ms / 60_000)} min`;
  if (lag_ms < 172_800_000) return `${Math.floor(lag_ms / 3_600_000)} h`;
  return `${sayCount(Math.floor(lag_ms / 86_400_000))} d`;
}

/** Hours and minutes of an instant in `zone` (the browser's own where it is not given). */
export function sayTime(at_ms: number, zone?: string, seconds = false): string {
  return new Intl.DateTimeFormat(locale(), {
    hour: "2-digit",
    minute: "2-digit",
    ...(seconds ? { second: "2-digit" } : {}),
    hourCycle: "h23",
    ...(zone ? { timeZone: zone } : {}),
  }).format(at_ms);
}

/** Date and time of an instant in `zone`. */
export function sayMoment(at_ms: number, zone?: string): string {
  return new Intl.DateTimeFormat(locale(), {
    dateStyle: "medium",
    timeStyle: "short",
    hourCycle: "h23",
    ...(zone ? { timeZone: zone } : {}),
  }).format(at_ms);
}

function day(name: string, format: Intl.DateTimeFormatOptions): string {
  const [year, month, date] = name.split("-").map(Number);
  if (!year || !month || !date) return name;
  const at_ms = Date.UTC(year, month - 1, date);
  return new Intl.DateTimeFormat(locale(), { ...format, timeZone: "UTC" }).format(at_ms);
}

/** A business day "2017-03-04" in words, with its weekday. */
export function sayDay(name: string): string {
  return day(name, { weekday: "short", year: "numeric", month: "short", day: "numeric" });
}

/** A business day as a label under a bar: "Sat 4". */
export function sayShortDay(name: string): string {
  return `${day(name, { weekday: "short" })} ${Number(name.slice(-2))}`;
}
