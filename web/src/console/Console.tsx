// The provider's door: navigation, keys, and nobody without a key or a role.
import { Button, Dialog, DialogActions, DialogBody, DialogContent, DialogSurface, DialogTitle, makeStyles, mergeClasses, Text, tokens } from "@fluentui/react-components";
import { useQuery } from "@tanstack/react-query";
import { Link, Navigate, Outlet, useNavigate, useRouterState } from "@tanstack/react-router";
import { useEffect, useState } from "react";
import { sessionQuery } from "../api/session";
import { Bones, Facts, Title } from "../parts/bits";
import { Frame } from "../parts/Frame";
import { ProblemView } from "../parts/problem";
import { ToSignIn } from "../parts/ToSignIn";
import { useWords } from "../words";

const places = ["overview", "tenants", "calls", "trunks", "routing", "proofs", "doctor", "invite", "keys", "webhooks", "usage", "audit"] as const;
const address = (place: (typeof places)[number]) => (place === "overview" ? "/console" : `/console/${place}`);

const useStyles = makeStyles({
  nav: { display: "flex", flexWrap: "wrap", padding: "0 16px", backgroundColor: tokens.colorNeutralBackground1, borderBottom: `1px solid ${tokens.colorNeutralStroke2}` },
  place: { padding: "10px 12px", color: tokens.colorNeutralForeground2, textDecorationLine: "none", borderBottom: "3px solid transparent", ":hover": { color: tokens.colorNeutralForeground1 } },
  here: { color: tokens.colorNeutralForeground1, fontWeight: tokens.fontWeightSemibold, borderBottomColor: tokens.colorBrandStroke1 },
  grow: { flexGrow: 1 },
  help: { alignSelf: "center" },
});

export function ConsolePage() {
  const s = useStyles();
  const words = useWords();
  const session = useQuery(sessionQuery);
  const path = useRouterState({ select: (state) => state.location.pathname });
  const [help, setHelp] = useState(false);
  useKeyboard(() => setHelp(true));
  const data = session.data;
  if (data && !data.operator) return data.tenant ? <Navigate to="/tenant" /> : <ToSignIn />;
  const here = places.find((p) => p !== "overview" && path.startsWith(address(p))) ?? "overview";

  return (
    <Frame
      wide live={data?.signed_in} place={data?.provider.name}
      nav={
        <nav className={s.nav} aria-label={words.t("console.nav")}>
          {places.map((p) => <Link key={p} to={address(p)} search={{}} className={mergeClasses(s.place, p === here && s.here)} aria-current={p === here ? "page" : undefined}>{words.t(`console.${p}`)}</Link>)}
          <div className={s.grow} />
          <Button className={s.help} appearance="subtle" size="small" onClick={() => setHelp(true)}>{words.t("keyboard.title")}</Button>
        </nav>
      }
    >
      {data ? <Outlet /> : (
        <>
          <Title>{words.t("console.title")}</Title>
          {session.error ? <ProblemView error={session.error} again={() => void session.refetch()} /> : <Bones rows={6} />}
        </>
      )}
      <Dialog open={help} onOpenChange={(_, change) => setHelp(change.open)}>
        <DialogSurface>
          <DialogBody>
            <DialogTitle>{words.t("keyboard.title")}</DialogTitle>
            <DialogContent>
              <Facts
                facts={[
                  [words.t("keyboard.slash_key"), words.t("keyboard.slash")],
                  [words.t("keyboard.gt_key"), words.t("keyboard.gt")],
                  [words.t("keyboard.gc_key"), words.t("keyboard.gc")],
                  [words.t("keyboard.gr_key"), words.t("keyboard.gr")],
                  [words.t("keyboard.ga_key"), words.t("keyboard.ga")],
                  [words.t("keyboard.help_key"), words.t("keyboard.help")],
                ].map(([key, what]) => [key ?? "", <Text key={key}>{what}</Text>])}
              />
            </DialogContent>
            <DialogActions><Button onClick={() => setHelp(false)}>{words.t("do.close")}</Button></DialogActions>
          </DialogBody>
        </DialogSurface>
      </Dialog>
    </Frame>
  );
}

/** `/` searches, `g t`, `g c`, `g r` and `g a` go, `?` tells; never while somebody types. */
function useKeyboard(help: () => void) {
  const navigate = useNavigate();
  useEffect(() => {
    let leader = 0;
    const press = (event: KeyboardEvent) => {
      const target = event.target as HTMLElement;
      if (event.ctrlKey || event.metaKey || event.altKey || target.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName)) return;
      const led = event.timeStamp - leader < 1500;
      leader = 0;
      if (event.key === "g") leader = event.timeStamp;
      else if (event.key === "?") help();
      else if (event.key === "/") {
        event.preventDefault();
        const box = document.querySelector<HTMLInputElement>("main input[type=search], main [role=searchbox]");
        if (box) box.focus();
        else void navigate({ to: "/console/tenants", search: { find: true } });
      } else if (led && event.key === "t") void navigate({ to: "/console/tenants", search: {} });
      else if (led && event.key === "c") void navigate({ to: "/console/calls", search: {} });
      else if (led && event.key === "r") void navigate({ to: "/console/trunks", search: {} });
      else if (led && event.key === "a") void navigate({ to: "/console/audit", search: {} });
    };
    document.addEventListener("keydown", press);
    return () => document.removeEventListener("keydown", press);
  });
}
