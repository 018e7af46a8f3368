import { Button, Dialog, DialogActions, DialogBody, DialogContent, DialogSurface, DialogTitle, DialogTrigger } from "@fluentui/react-components";
import type { ReactElement, ReactNode } from "react";
import { useWords } from "../words";

/** Asks before something that other people notice. */
export function Confirm({ trigger, title, children, act, onAct }: { trigger: ReactElement; title: string; children: ReactNode; act: string; onAct: () => void }) {
  const words = useWords();
  return (
    // Without motion: what is done may take the trigger away, and a dialog that is
    // still leaving then would leave the page behind it hidden.
    <Dialog modalType="alert" surfaceMotion={null}>
      <DialogTrigger disableButtonEnhancement>{trigger}</DialogTrigger>
      <DialogSurface>
        <DialogBody>
          <DialogTitle>{title}</DialogTitle>
          <DialogContent>{children}</DialogContent>
          <DialogActions>
            <DialogTrigger disableButtonEnhancement><Button>{words.t("do.cancel")}</Button></DialogTrigger>
            <DialogTrigger disableButtonEnhancement><Button appearance="primary" onClick={onAct}>{act}</Button></DialogTrigger>
          </DialogActions>
        </DialogBody>
      </DialogSurface>
    </Dialog>
  );
}
