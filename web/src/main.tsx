import "./base.css";
import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { App } from "./app";
import { learn, preferred } from "./words";

const root = document.getElementById("root");
if (!root) throw new Error("index.html has no #root");
const words = await learn(preferred());
createRoot(root).render(
  <StrictMode>
    <App first={words} />
  </StrictMode>,
);
