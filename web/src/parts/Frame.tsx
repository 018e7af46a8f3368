// What is around every page: skip link, bar with place and person, landmarks,
// and the focus, which follows the address.
import { Button, Link as PlainLink, makeStyles, mergeClasses, Text, tokens } from "@fluentui/react-components";
import { ArrowExitRegular } from "@fluentui/react-icons/svg/arrow-exit";
import { LocalLanguageRegular } from "@fluentui/react-icons/svg/local-language";
import { WeatherMoonRegular } from "@fluentui/react-icons/svg/weather-moon";
import { WeatherSunnyRegular } from "@fluentui/react-icons/svg/weather-sunny";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { Link, useNavigate, useRouterState } from "@tanstack/react-router";
import { useEffect, useRef, type ReactNode } from "react";
import { useEvents, useStream } from "../api/live";
import { may, signOut, useSession } from "../api/session";
import { languages, useSpeech } from "../words";
import { rememberLook, useLook } from "./look";
import { ProblemView } from "./problem";

const useStyles = makeStyles({
  page: { minHeight: "100vh", display: "flex", flexDirection: "column", backgroundColor: tokens.colorNeutralBackground2, color: tokens.colorNeutralForeground1 },
  skip: {
    position: "absolute", left: "8px", top: "-60px", padding: "8px 12px", zIndex: 10, borderRadius: tokens.borderRadiusMedium,
    backgroundColor: tokens.colorNeutralBackground1, color: tokens.colorBrandForegroundLink,
    ":focus": { top: "8px" },
  },
  bar: {
    display: "flex", alignItems: "center", gap: "4px 12px", flexWrap: "wrap", minHeight: "48px", padding: "4px 16px", "@media (max-width: 480px)": { gap: "4px 0", padding: "4px 8px" },
    backgroundColor: tokens.colorNeutralBackground1, borderBottom: `1px solid ${tokens.colorNeutralStroke2}`,
  },
  brand: { fontWeight: tokens.fontWeightSemibold, color: tokens.colorNeutralForeground1, textDecorationLine: "none", display: "flex", alignItems: "center", gap: "8px", minHeight: "32px" },
  grow: { flexGrow: 1 },
  who: { maxWidth: "240px", overflow: "hidden", textOverflow: "ellipsis", whiteSpace: "nowrap", "@media (max-width: 640px)": { display: "none" } },
  tight: { minWidth: "auto" },
  label: { "@media (max-width: 480px)": { display: "none" } },
  quiet: { color: tokens.colorNeutralForeground3 },
  main: { flexGrow: 1, width: "100%", maxWidth: "1280px", margin: "0 auto", padding: "24px 24px 48px", outlineStyle: "none", "@media (max-width: 640px)": { padding: "16px 12px 40px" } },
  wide: { maxWidth: "none" },
  foot: { padding: "12px 24px", color: tokens.colorNeutralForeground3, display: "flex", gap: "16px", flexWrap: "wrap", maxWidth: "1280px", margin: "0 auto", width: "100%" },
});

export function Frame({ place, nav, wide, live, children }: { place?: string; nav?: ReactNode; wide?: boolean; live?: boolean; children: ReactNode }) {
  const s = useStyles();
  const { words, speakIn } = useSpeech();
  const { isDark, setLook } = useLook();
  const session = useSession();
  const stream = useStream();
  const client = useQueryClient();
  const navigate = useNavigate();
  useEvents((live ?? false) && may(session, "events.read"));
  const main = useFocusOnRoute();
  const other = words.language === "en" ? "es" : "en";

  const leave = useMutation({ mutationFn: () => signOut(client), onSuccess: () => navigate({ to: "/sign-in" }) });

  return (
    <div className={s.page}>
      <a className={s.skip} href="#main">{words.t("frame.skip")}</a>
      <header className={s.bar}>
        <Link to="/" className={s.brand}>
          <img src="/icon.svg" alt="" width="24" height="24" />
          <span>{place ?? words.t("frame.product")}</span>
        </Link>
        <div className={s.grow} />
        {live && stream === "down" && <Text size={200} className={s.quiet} role="status">{words.t("live.down")}</Text>}
        {session?.signed_in && (
          <Text size={200} className={mergeClasses(s.who, s.quiet)} title={session.person?.upn}>{session.person?.name ?? session.key?.name}</Text>
        )}
        <Button
          className={s.tight} appearance="subtle" icon={<LocalLanguageRegular />} lang={other} aria-label={languages[other]}
          onClick={() => speakIn(other)}
        ><span className={s.label}>{languages[other]}</span></Button>
        <Button
          appearance="subtle" icon={isDark ? <WeatherSunnyRegular /> : <WeatherMoonRegular />}
          aria-label={words.t(isDark ? "frame.light" : "frame.dark")} title={words.t(isDark ? "frame.light" : "frame.dark")}
          onClick={() => {
            const look = isDark ? "light" : "dark";
            rememberLook(look);
            setLook(look);
          }}
        />
        {session?.signed_in && <Button className={s.tight} appearance="subtle" icon={<ArrowExitRegular />} aria-label={words.t("frame.sign_out")} disabled={leave.isPending} onClick={() => leave.mutate()}><span className={s.label}>{words.t("frame.sign_out")}</span></Button>}
      </header>
      {nav}
      <main id="main" ref={main} tabIndex={-1} className={mergeClasses(s.main, wide && s.wide)}>{leave.error && <ProblemView error={leave.error} />}{children}</main>
      <footer className={mergeClasses(s.foot, wide && s.wide)}>
        <Text size={200}>{session?.provider.name ? words.t("frame.run_by", { provider: session.provider.name }) : words.t("frame.product")}</Text>
        <PlainLink href="/docs">{words.t("frame.api")}</PlainLink>
      </footer>
    </div>
  );
}

/** After a change of place the focus begins at the content, as after a page load. */
function useFocusOnRoute() {
  const main = useRef<HTMLElement>(null);
  const path = useRouterState({ select: (state) => state.resolvedLocation?.pathname });
  const before = useRef(path);
  useEffect(() => {
    if (before.current !== undefined && path !== before.current) main.current?.focus();
    before.current = path;
  }, [path]);
  return main;
}
