import { createDOMRenderer, FluentProvider, RendererProvider, webDarkTheme, webLightTheme } from "@fluentui/react-components";
import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { RouterProvider } from "@tanstack/react-router";
import { useEffect, useMemo, useState, useSyncExternalStore } from "react";
import { isAway } from "./api/client";
import { whenAway } from "./api/live";
import { type Look, LookContext, rememberedLook } from "./parts/look";
import { createAppRouter } from "./routes";
import { learn, remember, SpeechContext, type Language, type Words } from "./words";

const client = new QueryClient({
  defaultOptions: {
    queries: {
      staleTime: 1_000,
      networkMode: "always", // a browser without a network still reaches a server on its own machine
      retry: (count, error) => count < 1 && isAway(error),
      refetchInterval: whenAway,
    },
    mutations: { networkMode: "always" }, // what waited for the network in silence would be done when nobody expects it any more
  },
});
const router = createAppRouter(client);

// The page's policy lets in only styles with the nonce that the server gave it.
const nonce = document.querySelector<HTMLMetaElement>("meta[property=csp-nonce]")?.nonce;
const renderer = createDOMRenderer(document, nonce ? { styleElementAttributes: { nonce } } : {});

const dark = matchMedia("(prefers-color-scheme: dark)");
const usePrefersDark = () =>
  useSyncExternalStore(
    (changed) => {
      dark.addEventListener("change", changed);
      return () => dark.removeEventListener("change", changed);
    },
    () => dark.matches,
  );

export function App({ first }: { first: Words }) {
  const [words, setWords] = useState(first);
  const [look, setLook] = useState<Look>(rememberedLook);
  const prefersDark = usePrefersDark();
  const isDark = look === "system" ? prefersDark : look === "dark";

  useEffect(() => {
    document.documentElement.lang = words.language;
  }, [words]);
  useEffect(() => {
    document.documentElement.style.colorScheme = isDark ? "dark" : "light";
  }, [isDark]);

  const speech = useMemo(
    () => ({
      words,
      speakIn: (language: Language) => {
        remember(language);
        void learn(language).then(setWords);
      },
    }),
    [words],
  );
  const looks = useMemo(() => ({ look, isDark, setLook }), [look, isDark]);

  return (
    <SpeechContext value={speech}>
      <LookContext value={looks}>
        <RendererProvider renderer={renderer} targetDocument={document}>
          <FluentProvider theme={isDark ? webDarkTheme : webLightTheme}>
            <QueryClientProvider client={client}>
              <RouterProvider router={router} />
            </QueryClientProvider>
          </FluentProvider>
        </RendererProvider>
      </LookContext>
    </SpeechContext>
  );
}
