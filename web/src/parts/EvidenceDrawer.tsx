// What a badge stands for: what was seen, when, by which check.
import { Button, Drawer, DrawerBody, DrawerHeader, DrawerHeaderTitle, makeStyles, Text } from "@fluentui/react-components";
import { DismissRegular } from "@fluentui/react-icons/svg/dismiss";
import type { Item } from "../api/types";
import { useWords } from "../words";
import { Age, Copy, Facts } from "./bits";
import { CureView } from "./problem";
import { itemName, State } from "./state";

const useStyles = makeStyles({
  body: { display: "flex", flexDirection: "column", gap: "16px", paddingBottom: "24px" },
  drawer: { width: "min(480px, 100vw)" },
});

export default function EvidenceDrawer({ item, open, onClose }: { item: Item; open: boolean; onClose: () => void }) {
  const s = useStyles();
  const words = useWords();
  return (
    <Drawer type="overlay" position="end" open={open} onOpenChange={(_, data) => !data.open && onClose()} className={s.drawer}>
      <DrawerHeader>
        <DrawerHeaderTitle action={<Button appearance="subtle" icon={<DismissRegular />} aria-label={words.t("do.close")} onClick={onClose} />}>{itemName(words, item)}</DrawerHeaderTitle>
      </DrawerHeader>
      <DrawerBody>
        <div className={s.body}>
          <div><State state={item.state}>{words.code("item_state", item.state)}</State></div>
          <Facts
            facts={[
              [words.t("evidence.seen"), item.seen ? <>{item.seen} <Copy text={item.seen} /></> : words.t("evidence.nothing")],
              [words.t("evidence.when"), item.checked_at ? <Age at={item.checked_at} /> : words.t("time.never")],
              [words.t("evidence.check"), item.check ? words.code("check", item.check) : words.t("evidence.no_check")],
            ]}
          />
          {item.cure && <CureView cure={item.cure} />}
          <Text size={200}>{words.t("evidence.about")}</Text>
        </div>
      </DrawerBody>
    </Drawer>
  );
}
