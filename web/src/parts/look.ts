// Light, dark, or as the system has it.
import { createContext, useContext } from "react";

export type Look = "system" | "light" | "dark";
const key = "tandem.look";

export function rememberedLook(): Look {
  const look = localStorage.getItem(key);
  return look === "light" || look === "dark" ? look : "system";
}

export function rememberLook(look: Look) {
  localStorage.setItem(key, look);
}

interface Looks {
  look: Look;
  isDark: boolean;
  setLook: (look: Look) => void;
}
export const LookContext = createContext<Looks>({ look: "system", isDark: false, setLook: () => undefined });
export const useLook = () => useContext(LookContext);
