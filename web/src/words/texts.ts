// What the server says itself, in English, in another language: texts by the server's own
// codes, which only the pages that show them load.
import { useQuery } from "@tanstack/react-query";
import { useWords } from ".";

/** The texts in Spanish; undefined in English, and until they are here. */
export function useSpanish<T>(name: string, load: () => Promise<T>): T | undefined {
  const { language } = useWords();
  return useQuery({ queryKey: ["words", name, language], queryFn: load, enabled: language === "es", staleTime: "static" }).data;
}
