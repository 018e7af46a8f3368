// Words in the language of the viewer. Catalogues are flat; {x} is filled in,
// and a message with forms is chosen by Intl's plural rules for {count}.
import { createContext, useContext } from "react";
import type { en } from "./en";

export type Key = keyof typeof en;
export type Message = string | { one: string; other: string };
export type Catalogue = Record<Key, Message>;
export type Values = Record<string, string | number>;

export const languages = { en: "English", es: "Español" } as const;
export type Language = keyof typeof languages;

const load: Record<Language, () => Promise<Catalogue>> = {
  en: async () => (await import("./en")).en,
  es: async () => (await import("./es")).es,
};

const remembered = "tandem.language";

/** The viewer's choice, else the first language of the browser that we speak. */
export function preferred(): Language {
  const wanted = [localStorage.getItem(remembered) ?? "", ...navigator.languages].map((l) => l.slice(0, 2));
  return (wanted.find((l) => l in languages) as Language | undefined) ?? "en";
}

export interface Words {
  language: Language;
  t: (key: Key, values?: Values) => string;
  /** The words for a code that the server made, or what it said itself. */
  code: (group: string, code: string, otherwise?: string) => string;
  number: (n: number) => string;
  percent: (share: number) => string;
  /** A month as the API has it, 2026-11. */
  month: (month: string) => string;
  when: (at: string | Date) => string;
  utc: (at: string | Date) => string;
  ago: (at: string | Date, now?: number) => string;
  lasted: (milliseconds: number) => string;
  list: (parts: string[]) => string;
}

export function speak(language: Language, catalogue: Catalogue): Words {
  const plural = new Intl.PluralRules(language);
  const numbers = new Intl.NumberFormat(language);
  const percents = new Intl.NumberFormat(language, { style: "percent" });
  // The browser's own region decides on 12 or 24 hours.
  const region = navigator.languages.find((l) => l.startsWith(language)) ?? language;
  const today = new Intl.DateTimeFormat(region, { hour: "2-digit", minute: "2-digit" });
  const full = new Intl.DateTimeFormat(region, { dateStyle: "medium", timeStyle: "short" });
  const world = new Intl.DateTimeFormat(region, { dateStyle: "medium", timeStyle: "medium", timeZone: "UTC" });
  const months = new Intl.DateTimeFormat(region, { month: "long", year: "numeric", timeZone: "UTC" });
  const relative = new Intl.RelativeTimeFormat(language, { numeric: "auto" });
  const lists = new Intl.ListFormat(language, { type: "disjunction" });

  const fill = (message: Message, values: Values = {}) => {
    const text = typeof message === "string" ? message : message[plural.select(Number(values.count)) === "one" ? "one" : "other"];
    return text.replace(/\{(\w+)\}/g, (all, name: string) => {
      const value = values[name];
      return value === undefined ? all : typeof value === "number" ? numbers.format(value) : value;
    });
  };

  return {
    language,
    t: (key, values) => fill(catalogue[key], values),
    code: (group, code, otherwise) => {
      const message = (catalogue as Record<string, Message | undefined>)[`${group}.${code}`];
      return message ? fill(message) : (otherwise ?? code);
    },
    number: (n) => numbers.format(n),
    percent: (share) => percents.format(share),
    month: (month) => months.format(new Date(`${month}-01`)),
    when: (at) => {
      const date = new Date(at);
      return (date.toDateString() === new Date().toDateString() ? today : full).format(date);
    },
    utc: (at) => `${world.format(new Date(at))} UTC`,
    ago: (at, now = Date.now()) => {
      const [amount, unit] = largest(new Date(at).getTime() - now);
      return relative.format(amount, unit);
    },
    lasted: (milliseconds) => {
      const [amount, unit] = largest(milliseconds);
      return new Intl.NumberFormat(language, { style: "unit", unit, unitDisplay: "short" }).format(amount);
    },
    list: (parts) => lists.format(parts),
  };
}

type Unit = "second" | "minute" | "hour" | "day";

function largest(milliseconds: number): [number, Unit] {
  const seconds = Math.round(milliseconds / 1000);
  const size = Math.abs(seconds);
  if (size < 60) return [seconds, "second"];
  if (size < 3600) return [Math.round(seconds / 60), "minute"];
  if (size < 86400) return [Math.round(seconds / 3600), "hour"];
  return [Math.round(seconds / 86400), "day"];
}

export async function learn(language: Language): Promise<Words> {
  return speak(language, await load[language]());
}

export function remember(language: Language) {
  localStorage.setItem(remembered, language);
}

interface Speech {
  words: Words;
  speakIn: (language: Language) => void;
}
export const SpeechContext = createContext<Speech | undefined>(undefined);

export function useSpeech(): Speech {
  const speech = useContext(SpeechContext);
  if (!speech) throw new Error("no words here: SpeechContext is missing");
  return speech;
}

export const useWords = () => useSpeech().words;
