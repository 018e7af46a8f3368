// A state is a colour, an icon and a word; behind it is what was seen.
import { Badge, makeStyles, tokens, useRestoreFocusTarget } from "@fluentui/react-components";
import { ArrowCircleRightFilled } from "@fluentui/react-icons/svg/arrow-circle-right";
import { CheckmarkCircleFilled } from "@fluentui/react-icons/svg/checkmark-circle";
import { CircleRegular } from "@fluentui/react-icons/svg/circle";
import { ClockRegular } from "@fluentui/react-icons/svg/clock";
import { ErrorCircleFilled } from "@fluentui/react-icons/svg/error-circle";
import { PauseCircleFilled } from "@fluentui/react-icons/svg/pause-circle";
import { WarningFilled } from "@fluentui/react-icons/svg/warning";
import { createContext, lazy, Suspense, useContext, useMemo, useState, type ReactElement, type ReactNode } from "react";
import type { Item } from "../api/types";
import { useWords } from "../words";

export type Tone = "success" | "danger" | "warning" | "informative" | "subtle" | "brand" | "important";

const icons: Record<Tone, ReactElement> = {
  success: <CheckmarkCircleFilled />,
  danger: <ErrorCircleFilled />,
  warning: <WarningFilled />,
  informative: <ClockRegular />,
  subtle: <CircleRegular />,
  brand: <ArrowCircleRightFilled />,
  important: <PauseCircleFilled />,
};

const tones: Record<string, Tone> = {
  ok: "success", proved: "success", done: "success", ready: "success", active: "success", authorised: "success", delivered: "success", up: "success", created: "success", answered: "success", verified: "success", passed: "success",
  failed: "danger", missing: "danger", revoked: "danger", blocked: "danger", refused: "danger", not_ready: "danger", suspended: "danger", fail: "danger", inactive: "danger", broken: "danger",
  doubtful: "warning", needs_you: "warning", needs_other: "warning", next: "brand", inconclusive: "warning", expired: "warning", warn: "warning", partly: "warning",
  waiting: "informative", claimed: "informative", not_yet: "informative", onboarding: "informative", pending: "informative", running: "informative", open: "informative", invited: "informative", ringing: "informative", placed: "informative", planned: "informative", applying: "informative", activating: "informative",
  paused: "important",
};

export const toneOf = (state: string): Tone => tones[state] ?? "subtle";

const useStyles = makeStyles({
  mark: { borderRadius: tokens.borderRadiusCircular, border: "none", backgroundColor: "transparent", padding: "4px 0", minHeight: "28px", cursor: "pointer", font: "inherit", maxWidth: "100%" },
  badge: { height: "auto", minHeight: "20px", whiteSpace: "normal", textAlign: "start", paddingTop: "1px", paddingBottom: "1px" },
});

export function State({ state, children, tone = toneOf(state) }: { state: string; children: ReactNode; tone?: Tone }) {
  const s = useStyles();
  return <Badge className={s.badge} appearance="tint" color={tone} icon={icons[tone]} size="medium"><span>{children}</span></Badge>;
}

export const StateIcon = ({ tone }: { tone: Tone }) => icons[tone];

/** The badge of an item, which opens what is known. */
export function ItemBadge({ item, label }: { item: Item; label?: string }) {
  const s = useStyles();
  const words = useWords();
  const { show } = useContext(EvidenceContext);
  const comeBack = useRestoreFocusTarget();
  const name = label ?? itemName(words, item);
  const state = words.code("item_state", item.state);
  return (
    <button type="button" {...comeBack} className={s.mark} onClick={() => show(item)} aria-haspopup="dialog" aria-label={words.t("evidence.open", { name, state })}>
      <State state={item.state}>{name}</State>
    </button>
  );
}

export function itemName(words: ReturnType<typeof useWords>, item: Item) {
  const name = words.code("item", item.name);
  if (!item.subject) return name;
  return item.name === "permission" ? item.subject : item.name === "federation" ? `${name}: ${item.subject}` : name;
}

const EvidenceContext = createContext<{ show: (item: Item) => void }>({ show: () => undefined });
const EvidenceDrawer = lazy(() => import("./EvidenceDrawer"));

/** Holds the drawer that any badge below it opens. */
export function Evidence({ children }: { children: ReactNode }) {
  const [item, setItem] = useState<Item>();
  const [open, setOpen] = useState(false);
  const context = useMemo(
    () => ({
      show: (shown: Item) => {
        setItem(shown);
        setOpen(true);
      },
    }),
    [],
  );
  return (
    <EvidenceContext value={context}>
      {children}
      {item && <Suspense><EvidenceDrawer item={item} open={open} onClose={() => setOpen(false)} /></Suspense>}
    </EvidenceContext>
  );
}
